"""manage.py verify_archive FILE: is the archive of a claim still what was handed over (R6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from redemption.archive import verify_archive


class Command(BaseCommand):
    """Names every changed, missing and extra file; exit code 1 when there is any."""

    help = "核对兑现档案：逐个文件比对 SHA-256，列出被改动、缺失和多出的文件。"
    # It reads one file, so it works on a machine that has no database.
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="档案文件（ZIP）")
        parser.add_argument(
            "--digest", default="", help="移交时登记的清单摘要（SHA-256），一并核对"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            with path.open("rb") as source:
                verdict = verify_archive(source)
        except OSError as error:
            raise CommandError(f"无法打开文件 {path}：{error.strerror}", returncode=1) from error
        for label, names in (
            ("被改动", verdict.changed),
            ("缺失", verdict.missing),
            ("多出", verdict.extra),
        ):
            for name in names:
                self.stdout.write(f"{label}：{name}")
        if verdict.manifest_sha256:
            self.stdout.write(f"清单摘要（SHA-256）：{verdict.manifest_sha256}")
        digest = options["digest"].strip().lower()
        if digest and digest != verdict.manifest_sha256:
            raise CommandError("清单摘要与移交时登记的不一致，档案已被改动。", returncode=1)
        if verdict.fault:
            raise CommandError(verdict.fault, returncode=1)
        if not verdict.is_sound:
            raise CommandError("档案与清单不一致。", returncode=1)
        self.stdout.write(
            self.style.SUCCESS(f"档案完整，共 {verdict.checked} 个文件，与清单一致。")
        )
