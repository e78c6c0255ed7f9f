"""``manage.py forget``: what is past its time goes now, not in the night (docs/adr/0036)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from voucher_portal.retention import KINDS, forget


class Command(BaseCommand):
    help = (
        "Anonymise personal data past its time; books, trail and results stay. --check only counts."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing, count what is due"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        for kind in KINDS:
            if options["check"]:
                self.stdout.write(f"{kind.label}：{kind.waiting(at)} 项已到期")
                continue
            done = 0
            while more := forget(kind, at):
                done += more
            self.stdout.write(f"{kind.label}：已清除 {done} 项")
