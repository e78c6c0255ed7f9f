"""The portal's worker, under the clock of the crash test: ``celery --app crash.worker`` or ``python -m crash.worker``."""

import os
import sys

import crash.clock  # noqa: F401
from voucher_portal.celery import app

__all__ = ["app"]

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voucher_portal.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["manage.py", "run_due_jobs", *sys.argv[1:]])
