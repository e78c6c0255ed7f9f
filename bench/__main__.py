"""The command line of ``script/bench``."""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib import import_module

from bench.options import add
from bench.report import Report
from bench.services import stand

SUBJECTS = {
    "rush": "applying through the real page beside a minimal view",
    "jobs": "ranking, publication and reclaim beside bare SQL",
    "dashboards": "dashboards and lists over a million vouchers",
    "pages": "the server time of every page, with a season in the database",
}


def main(arguments: list[str]) -> int:
    """Start the services, prepare Django for them, measure; 0 when what is asked for holds."""
    parser = argparse.ArgumentParser(prog="script/bench", description=__doc__)
    subjects = parser.add_subparsers(dest="subject", required=True)
    for name, words in SUBJECTS.items():
        add(name, subjects.add_parser(name, help=words, description=words))
    options = parser.parse_args(arguments)
    report = Report()
    with stand() as services:
        os.environ.update(services.environment)
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        report.say(
            f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}."
        )
        for line in services.says:
            report.say(line)
        call_command("migrate", interactive=False, verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        try:
            import_module(f"bench.{options.subject}").run(options, services, report)
        finally:
            connection.close()
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
