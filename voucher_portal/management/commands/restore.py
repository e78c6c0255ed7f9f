"""``manage.py restore FOLDER``: bring a back-up into an empty database and the store, and prove it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.audit.sealing.verifying import breaks
from voucher_portal.backup import UnableToBackUp, faulty_files, restore
from voucher_portal.reconciliation import all_breaks


class Command(BaseCommand):
    help = (
        "Restore a back-up into the configured, empty database; then prove books, seals and files."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = restore(options["folder"].absolute())
        except UnableToBackUp as error:
            raise CommandError(str(error)) from error
        number, _, digest = manifest["last_seal"].partition(":")
        known = {int(number): digest} if number else {}
        faults = [*map(str, all_breaks()), *map(str, breaks(known)), *faulty_files()]
        for fault in faults:
            self.stdout.write(fault)
        if faults:
            raise CommandError(f"已恢复，但有 {len(faults)} 处不符。")
        self.stdout.write(
            self.style.SUCCESS(
                f"恢复完成（备份于 {manifest['made_at']}）：台账、审计、文件全部相符。"
            )
        )
