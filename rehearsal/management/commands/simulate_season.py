"""``manage.py simulate_season``: a whole season of the scheme, played and proved."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from dataclasses import asdict
from datetime import datetime
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from foundation.moments import local_day
from foundation.regions.models import City
from rehearsal.season.plan import SeasonPlan
from rehearsal.season.play import UnableToRehearse, play_season
from rehearsal.season.report import SeasonFigures, season_figures
from rehearsal.season.table import as_table
from rehearsal.season.tally import Tally

SECONDS_BETWEEN_LINES = 2.0
ENTERPRISES_MIN, PROVIDERS_MIN = 20, 4


class Command(BaseCommand):
    help = (
        "Play a whole season through the operations that the pages call, print what it came to, and prove the books. "
        "Exit status 1 when anything does not add up."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--city", default="guangzhou", help="the city's name in pinyin")
        parser.add_argument("--year", type=int, default=2020)
        parser.add_argument("--enterprises", type=int, default=300)
        parser.add_argument("--providers", type=int, default=12)
        parser.add_argument("--seed", type=int, default=7, help="the same seed, the same season")
        parser.add_argument("--json", action="store_true", help="figures for machines on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("正式环境不能演练：演练会写入虚构的企业和服务券。")
        plan = self._plan(options)
        city = City.objects.filter(slug=plan.city).first()
        if city is None:
            raise CommandError(f"没有地市“{plan.city}”，请用拼音，例如 guangzhou。")
        progress = Progress(self)
        try:
            company = play_season(plan, city=city, after_each=progress.tell)
        except UnableToRehearse as error:
            raise CommandError(str(error)) from error
        progress.end()
        figures = season_figures(company.programme, company.tally)
        self.stdout.write(as_json(plan, figures) if options["json"] else as_table(figures))
        self._prove(figures.faults)

    def _plan(self, options: dict[str, Any]) -> SeasonPlan:
        if options["enterprises"] < ENTERPRISES_MIN or options["providers"] < PROVIDERS_MIN:
            raise CommandError(
                f"演练至少需要 {ENTERPRISES_MIN} 家企业和 {PROVIDERS_MIN} 家服务机构。"
            )
        return SeasonPlan(
            city=options["city"],
            year=options["year"],
            enterprises=options["enterprises"],
            providers=options["providers"],
            seed=options["seed"],
        )

    def _prove(self, faults: list[str]) -> None:
        """Exit status 1 when the figures or the books do not add up."""
        said = StringIO()
        try:
            call_command("reconcile", stdout=said)
        finally:
            self.stderr.write(said.getvalue().strip())
        if faults:
            raise CommandError("；".join(faults))


def as_json(plan: SeasonPlan, figures: SeasonFigures) -> str:
    """The figures for machines, amounts as texts in yuan."""
    return json.dumps(
        {"seed": plan.seed, **asdict(figures)}, ensure_ascii=False, indent=1, default=str
    )


class Progress:
    """One line now and then on stderr, so that a long run is seen to go on."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command
        self._began = self._told = time.monotonic()
        self._acts = 0

    def tell(self, at: datetime, tally: Tally) -> None:
        """Say how far the play is, every few seconds of real time."""
        self._acts += 1
        now = time.monotonic()
        if now - self._told < SECONDS_BETWEEN_LINES:
            return
        self._told = now
        events = tally.events
        self._command.stderr.write(
            f"{local_day(at)}  已演 {self._acts} 幕：企业通过 {events['files_passed']}，"
            f"申领 {events['applications']}，下单 {events['orders']}，支付 {events['payments']}，"
            f"兑现 {events['settlements']} 笔（{now - self._began:.0f} 秒）"
        )

    def end(self) -> None:
        """Say that it is over."""
        seconds = time.monotonic() - self._began
        self._command.stderr.write(f"演练结束：{self._acts} 幕，用时 {seconds:.0f} 秒。")
