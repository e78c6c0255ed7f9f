"""``manage.py seed_demo``: data around today, so that every screen has something in each state."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.errors import Refusal
from rehearsal.demo.play import UnableToSeed, is_seeded, seed_demo
from rehearsal.demo.stage import LOGINS, PASSWORD
from rehearsal.large.plan import LargePlan
from rehearsal.large.play import seed_large


class Command(BaseCommand):
    help = "Make demo data around today, once, and print the logins. Never in production."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--at", help="as if it were this moment (ISO 8601 with offset)")
        parser.add_argument(
            "--large",
            action="store_true",
            help="a province-sized season instead, by sets of rows, on PostgreSQL",
        )
        parser.add_argument("--cities", type=int, default=18, help="of the large season")
        parser.add_argument("--enterprises", type=int, default=200_000, help="of the large season")
        parser.add_argument("--vouchers", type=int, default=1_000_000, help="of the large season")
        parser.add_argument("--providers", type=int, default=720, help="of the large season")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("正式环境不能建立演示数据：演示账号的密码是公开的。")
        if options["large"]:
            self._large(options)
            return
        if is_seeded():
            self.stdout.write("演示数据已存在，未作改动。")
        else:
            now = datetime.fromisoformat(options["at"]) if options["at"] else timezone.now()
            try:
                seed_demo(now=now)
            except UnableToSeed as error:
                # No fault: script/server goes on with the data that is there.
                self.stdout.write(f"没有建立演示数据：{error}")
                return
            except Refusal as refusal:
                raise CommandError(f"演示数据未能建立：{refusal.sentence}") from refusal
            self.stdout.write("演示数据已建立。")
        self.stdout.write(f"\n演示账号（密码均为 {PASSWORD}）：")
        for login in LOGINS:
            self.stdout.write(f"  {login.username:<20} {login.role}：{login.shows}")

    def _large(self, options: dict[str, Any]) -> None:
        """Make the large season and the logins of officials who look at it."""
        now = datetime.fromisoformat(options["at"]) if options["at"] else timezone.now()
        plan = LargePlan(
            now=now,
            **{key: options[key] for key in ("cities", "enterprises", "vouchers", "providers")},
        )
        try:
            seed_large(plan, tell=self.stdout.write)
        except UnableToSeed as error:
            raise CommandError(f"没有建立演示数据：{error}") from error
        except Refusal as refusal:
            raise CommandError(f"演示数据未能建立：{refusal.sentence}") from refusal
        self.stdout.write("大规模演示数据已建立。")
