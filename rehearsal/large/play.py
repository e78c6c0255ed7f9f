"""Making the large season, city by city, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from django.db import connection, transaction

from dashboards.operations.refreshing import refresh_figures
from foundation.regions.models import City
from rehearsal.demo.play import UnableToSeed
from rehearsal.large.granting import BY, decide, make_batch, make_programme, open_batch
from rehearsal.large.people import make_enterprises, make_providers, share_of, staff_of
from rehearsal.large.plan import BATCHES, LargePlan
from rehearsal.large.rows import run
from rehearsal.large.spending import settle, spend
from vouchers.models import Programme
from vouchers.operations.reclaiming import reclaim_batch

SEED = 18


def seed_large(plan: LargePlan, *, tell: Callable[[str], None]) -> None:
    """Make the season of ``plan``. Raises UnableToSeed on another engine, or beside programmes of the year."""
    if connection.vendor != "postgresql":
        raise UnableToSeed("大规模演示数据只能写入 PostgreSQL，请用 DATABASE_URL 指定。")
    if Programme.objects.filter(year=plan.year).exists():
        raise UnableToSeed(
            f"{plan.year} 年度方案已存在，大规模演示数据只写入没有该年度方案的数据库。"
        )
    cities = _by_size(plan)
    if plan.enterprises < len(cities) or plan.vouchers > plan.enterprises * BATCHES:
        raise UnableToSeed(f"每家企业至多 {BATCHES} 张券，每个地市至少 1 家企业，请调整数量。")
    rng = Random(SEED)
    serial = 1
    for city in cities:
        with transaction.atomic():
            serial = _play(city, cities, plan, rng, serial)
        tell(f"{city.name}：累计 {serial - 1} 家企业")
    run("ANALYZE")
    for programme in Programme.objects.filter(year=plan.year).select_related("city"):
        refresh_figures(at=plan.now, programme=programme)
    tell("看板汇总完成")


def _by_size(plan: LargePlan) -> list[City]:
    """The cities that take part, Guangzhou first."""
    return list(City.objects.order_by("code")[: plan.cities])


def _play(city: City, cities: list[City], plan: LargePlan, rng: Random, first: int) -> int:
    count = max(share_of(city, cities, plan.enterprises), 1)
    per_batch = max(min(count, share_of(city, cities, plan.per_batch)), 1)
    providers = max(share_of(city, cities, plan.providers), 2)
    staff = staff_of(city, plan)
    following = make_enterprises(city, staff, plan, first=first, count=count, rng=rng)
    paper = make_providers(city, staff, plan, count=providers)
    programme = make_programme(city, plan, per_batch=per_batch)
    for number in range(1, BATCHES + 1):
        batch = make_batch(programme, plan, number=number, per_batch=per_batch, count=count)
        decide(batch)
        spend(batch, paper, plan, providers=providers)
    settle(programme, staff, paper, plan)
    for batch in programme.batches.order_by("number"):
        if plan.is_swept(batch.number):
            reclaim_batch(by=BY, at=plan.now, batch_pk=batch.pk)
    open_batch(programme, plan, per_batch=per_batch)
    run("DELETE FROM notices_outboxentry")
    return following
