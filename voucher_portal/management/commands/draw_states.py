"""``manage.py draw_states``: write docs/states.md from the tables of legal moves, or check it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from voucher_portal.state_machines import drawing


class Command(BaseCommand):
    help = "Write docs/states.md from the tables of legal moves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="only say whether the file is up to date"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        path = settings.BASE_DIR / "docs" / "states.md"
        if not options["check"]:
            path.write_text(drawing(), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != drawing():
            raise CommandError(
                "docs/states.md is not what the tables say: run manage.py draw_states."
            )
