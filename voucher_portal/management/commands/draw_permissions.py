"""``manage.py draw_permissions``: write docs/permissions.md from the desk's code, or check it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voucher_portal.role_groups import document


class Command(BaseCommand):
    help = "Write docs/permissions.md from the desk's code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say whether the file is up to date"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "permissions.md"
        if not options["check"]:
            path.write_text(document(), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != document():
            raise CommandError(
                "docs/permissions.md is not what the code says: run manage.py draw_permissions."
            )
