"""One season from the city's notice to the last settlement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from functools import partial
from random import Random

from foundation.moments import local_day, moment
from foundation.regions.models import City
from foundation.workdays.queries import CalendarUnknown, is_known_year
from rehearsal.agenda import Agenda
from rehearsal.cast import Cast
from rehearsal.jobs import EVERYTHING, MIDNIGHT, MORNING, RANKING, run_jobs
from rehearsal.papers import Papers
from rehearsal.season.applying import plan_applying
from rehearsal.season.company import Company
from rehearsal.season.entering import plan_entering
from rehearsal.season.offering import plan_offering
from rehearsal.season.opening import plan_opening
from rehearsal.season.plan import OfficeHours, SeasonPlan
from rehearsal.season.redeeming import plan_redeeming
from rehearsal.season.spending import plan_spending
from rehearsal.season.supervising import plan_supervising
from rehearsal.season.tally import Tally
from rehearsal.steps.ordering import PaperNumbers
from vouchers.queries import programme_of

TAG = "MA"
SERIES = 1


class UnableToRehearse(Exception):
    """A season that cannot be played here; the text is Chinese, for whoever started it."""


def play_season(
    plan: SeasonPlan, *, city: City, after_each: Callable[[datetime, Tally], None]
) -> Company:
    """Play the whole season; ``after_each`` is told the moment and the tally after every act.

    Raises UnableToRehearse when the city has a programme of that year already, or the year's calendar is unknown.
    """
    if programme_of(city.pk, plan.year) is not None:
        raise UnableToRehearse(
            f"{city.name} {plan.year} 年度方案已存在，不再重复演练。请换一个年度、地市，或使用新的数据库。"
        )
    if not is_known_year(plan.year):
        raise UnableToRehearse(CalendarUnknown(plan.year).sentence)
    company = _gather(plan, city)
    plan_opening(company)
    plan_offering(company)
    plan_entering(company)
    plan_applying(company)
    plan_spending(company)
    plan_redeeming(company)
    plan_supervising(company)
    _plan_jobs(company)
    company.agenda.play(lambda at: after_each(at, company.tally))
    return company


def _gather(plan: SeasonPlan, city: City) -> Company:
    rng = Random(plan.seed)
    return Company(
        plan=plan,
        city=city,
        rng=rng,
        agenda=Agenda(),
        tally=Tally(),
        hours=OfficeHours(rng),
        cast=Cast(city=city, year=plan.year, tag=TAG, rng=rng),
        papers=Papers(f"{city.slug}{plan.year}", plain=True),
        numbers=PaperNumbers(city_code=city.code, year=plan.year, series=SERIES),
    )


def _plan_jobs(company: Company) -> None:
    """What the portal does each midnight and morning, and when a batch has closed; in the end everything, twice."""
    agenda, last = company.agenda, moment(date(company.plan.year, 12, 31), 18)

    def run(jobs: Iterable[str], at: datetime) -> None:
        for name, count in run_jobs(at, jobs).items():
            company.tally.count(name, count)

    day = local_day(company.plan.begins)
    while day <= local_day(last):
        agenda.at(moment(day, 0, 10), partial(run, MIDNIGHT))
        agenda.at(moment(day, 9), partial(run, MORNING))
        day += timedelta(days=1)
    for batch in company.plan.batches:
        agenda.at(batch.closes + timedelta(minutes=6), partial(run, RANKING))
    agenda.at(last, partial(run, EVERYTHING))
    agenda.at(last, partial(_run_once_more, company))


def _run_once_more(company: Company, at: datetime) -> None:
    """A doubled run changes nothing."""
    for name, count in run_jobs(at).items():
        if count:
            company.tally.faults.append(f"定时任务 {name} 重复运行时又办理了 {count} 项")
