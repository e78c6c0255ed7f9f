"""``manage.py run_due_jobs``: what Celery beat starts each minute, by hand or in a loop."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.db import close_old_connections
from django.utils import timezone

from voucher_portal.jobs import run_jobs


class Command(BaseCommand):
    help = "Do everything that is due: rank, publish, lapse, reclaim, grant, remind, send."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--every", type=int, metavar="SECONDS", help="go on until stopped, this often"
        )
        parser.add_argument("--at", help="run as if it were this moment (ISO 8601 with offset)")

    def handle(self, *args: Any, **options: Any) -> None:
        fixed = datetime.fromisoformat(options["at"]) if options["at"] else None
        stop = threading.Event()
        if options["every"] and threading.current_thread() is threading.main_thread():
            # Asked to end, it ends between two runs, never in the middle of a job.
            signal.signal(signal.SIGTERM, lambda *_: stop.set())
        while True:
            close_old_connections()
            done = run_jobs(fixed or timezone.now())
            for name, count in done.items():
                if count is None:
                    self.stderr.write(f"{name}: failed, see the log")
                elif count:
                    self.stdout.write(f"{name}: {count}")
            if not options["every"] or stop.wait(options["every"]):
                return
