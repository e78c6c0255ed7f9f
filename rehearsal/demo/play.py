"""Playing the demo: two and a half months in one go, ending now."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from random import Random

from django.db import transaction

from dashboards.tasks import refresh_dashboards
from foundation.accounts.models import User
from foundation.moments import moment
from foundation.regions.models import City
from rehearsal.agenda import Agenda
from rehearsal.cast import Cast
from rehearsal.demo.batches import plan_batches
from rehearsal.demo.claims import plan_claims
from rehearsal.demo.desk import load_demo_calendars, plan_desk
from rehearsal.demo.offers import plan_offers
from rehearsal.demo.orders import plan_orders
from rehearsal.demo.people import cast_people, plan_people
from rehearsal.demo.stage import LOGINS, OFFICE_NAMES, PASSWORD, SERIES, TAG, Stage
from rehearsal.demo.timeline import STORY_DAYS, Timeline
from rehearsal.jobs import EVERYTHING, MIDNIGHT, MORNING, RANKING, run_jobs
from rehearsal.papers import Papers
from rehearsal.steps.ordering import PaperNumbers
from rehearsal.steps.staffing import open_office
from vouchers.queries import programme_of

SLUG = "guangzhou"
SEED = 2020
REMINDED_DAYS = 8
# What is published of itself each morning, beside the reminders.
PUBLISHING = MORNING[:2]


class UnableToSeed(Exception):
    """Demo data that cannot be made here; the text is Chinese, for whoever asked for it."""


def is_seeded() -> bool:
    """Whether the demo's accounts are there already, all of them."""
    names = [login.username for login in LOGINS]
    return User.objects.filter(username__in=names).count() == len(names)


def seed_demo(*, now: datetime) -> None:
    """Make the demo data around ``now``, all of it or nothing.

    Raises UnableToSeed when the demo's city has a programme of one of its years that is not the demo's.
    """
    timeline = Timeline(now)
    city = City.objects.get(slug=SLUG)
    for year in timeline.years:
        if programme_of(city.pk, year) is not None:
            raise UnableToSeed(
                f"{city.name} {year} 年度方案已存在，演示数据只写入没有该年度方案的数据库。"
            )
    with transaction.atomic():
        _play(timeline, city)
        refresh_dashboards(now)


def _play(timeline: Timeline, city: City) -> None:
    year = timeline.today.year
    stage = Stage(
        timeline=timeline,
        agenda=Agenda(),
        city=city,
        cast=Cast(city=city, year=year, tag=TAG, rng=Random(SEED)),
        papers=Papers(f"demo{timeline.today:%Y%m%d}"),
        numbers=PaperNumbers(city_code=city.code, year=year, series=SERIES),
    )
    begin = timeline.ago(STORY_DAYS, 9)
    stage.office = open_office(
        tick=lambda: begin, cast=stage.cast, password=PASSWORD, names=OFFICE_NAMES
    )
    load_demo_calendars(by=stage.office.bureau, at=begin, years=(*timeline.years, year + 1))
    cast_people(stage)
    _plan_jobs(stage)
    plan_desk(stage)
    plan_people(stage)
    plan_offers(stage)
    plan_batches(stage)
    plan_orders(stage)
    plan_claims(stage)
    stage.agenda.play()
    run_jobs(timeline.now, EVERYTHING)


def _plan_jobs(stage: Stage) -> None:
    """The jobs that the portal would have run, each at its moment; reminders in the last week."""
    timeline, agenda = stage.timeline, stage.agenda

    def run(jobs: tuple[str, ...], at: datetime) -> None:
        run_jobs(at, jobs)

    for back in range(STORY_DAYS, -1, -1):
        day = timeline.today - timedelta(days=back)
        morning = MORNING if back <= REMINDED_DAYS else PUBLISHING
        for at, jobs in ((moment(day, 0, 10), MIDNIGHT), (moment(day, 9), morning)):
            if at <= timeline.now:
                agenda.at(at, partial(run, jobs))
    for batch in (
        timeline.long_ago(),
        timeline.nearly_over(),
        timeline.just_published(),
        timeline.just_closed(),
    ):
        agenda.at(batch.closes + timedelta(minutes=6), partial(run, RANKING))
