"""manage.py verify_archive FILE: is the archive of a claim still what was handed over (R6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from redemption.archive_check import conclusion, lines_of, verify_archive


class Command(BaseCommand):
    """Names every changed, missing and extra file; exit code 1 when there is any.

    The same without Django, for an auditor: ``python3 redemption/archive_check.py FILE``.
    """

    help = "核对兑现档案：逐个文件比对 SHA-256，列出被改动、缺失和多出的文件。"
    # It reads one file, so it works on a machine that has no database.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="档案文件（ZIP）")
        parser.add_argument(
            "--digest", default="", help="移交时登记的档案摘要或清单摘要（SHA-256），一并核对"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            with path.open("rb") as source:
                verdict = verify_archive(source)
        except OSError as error:
            raise CommandError(f"无法打开文件 {path}：{error.strerror}", returncode=1) from error
        for line in lines_of(verdict):
            self.stdout.write(line)
        if wrong := conclusion(verdict, options["digest"]):
            raise CommandError(wrong, returncode=1)
        self.stdout.write(
            self.style.SUCCESS(f"档案完整，共 {verdict.checked} 个文件，与清单一致。")
        )
