"""The command line of ``script/crash``."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from bench.report import Report
from bench.services import HOST, Stand, production_environment, redis
from crash.clock import VARIABLE, ahead_of_now, set_clock
from crash.mail import MailServer
from crash.services import Database, Web, Worker


def main(arguments: list[str]) -> int:
    """Play, kill, prove; 0 when everything that was asked for holds."""
    parser = argparse.ArgumentParser(prog="script/crash", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7, help="the same kills in the same order")
    parser.add_argument("--enterprises", type=int, default=8)
    parser.add_argument("--providers", type=int, default=2)
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-crash-", dir="/tmp"))  # nosec B108 # a new folder of its own
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        # Another user's processes (PostgreSQL as nobody) have their own folder in it.
        folder.chmod(0o755)
        return _run(options, folder, stack)


def _run(options: argparse.Namespace, folder: Path, stack: ExitStack) -> int:
    """Start the services under production settings, prepare Django for them, and play."""
    mail_server = MailServer()
    stack.enter_context(mail_server)
    (folder / "postgres").mkdir()
    database = Database(folder / "postgres", {})
    stack.callback(database.end)
    stand = Stand(environment={})
    address = stack.enter_context(redis(folder, stand))
    environment = {
        **production_environment(folder, database.url, address),
        "DJANGO_SETTINGS_MODULE": "voucher_portal.settings",
        "EMAIL_URL": f"smtp://{HOST}:{mail_server.port}",
        "PROOF_MINUTES": "60",
        "PGCONNECT_TIMEOUT": "5",
        VARIABLE: ahead_of_now(),
    }
    os.environ.update(environment)
    set_clock()
    import django

    django.setup()
    from crash.play import Crash

    report = Report()
    for line in stand.says:
        report.say(line)
    database.begin()
    database.wait_until_ready()
    database.create()
    web, worker = Web(folder, environment), Worker(folder, environment)
    stack.callback(web.end)
    stack.callback(worker.end)
    return Crash(options, database, web, worker, mail_server, report).play()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
