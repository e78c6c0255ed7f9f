"""``script/bench dashboards``: the server time of every dashboard page, list and public list over a province-sized season.

Pages are asked for as the province, a bureau, a district and anyone would, each several times after a first visit; time is taken
around the whole request inside this process: middleware, queries, template.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Iterator

import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from bench.fill import sign_in
from bench.pages import Counter
from bench.report import Report
from bench.services import Stand
from dashboards.models import DayFigures, Snapshot
from dashboards.operations.refreshing import DAY_KINDS
from foundation.accounts.models import Person, Role, User
from foundation.personal_data import lookup_key
from foundation.regions.models import City
from providers.models import Category, Provider
from rehearsal.large.plan import LargePlan
from rehearsal.large.play import seed_large
from rehearsal.large.rows import run as execute
from vouchers.models import Programme, ResultList, Voucher

MEDIAN_MS, P95_MS = 100, 300
PAGES = ("", "?by=size", "?by=industry", "money/", "money/?by=industry", "services/", "wall/")
STAGES = ("registered", "eligible", "applied", "granted", "ordered", "paid", "settled")
PLACES = ("free", "reserved", "paid", "settled", "disallowed", "returned", "reclaimed")
CALLS = ("lapsing", "not-applied", "not-registered")


def run(options: argparse.Namespace, services: Stand, report: Report) -> None:
    """Make the season unless there is one, then measure every page for every kind of official."""
    if not Voucher.objects.exists():
        started = time.monotonic()
        plan = LargePlan(
            now=timezone.now(), enterprises=options.enterprises, vouchers=options.vouchers
        )
        seed_large(plan, tell=report.say)
        report.say(f"The season was made in {time.monotonic() - started:.0f} s.")
    execute("VACUUM ANALYZE")
    moment = Snapshot.objects.order_by("taken_at").values_list("taken_at", flat=True)[0]
    report.say(f"{Voucher.objects.count():,} vouchers, {Provider.objects.count():,} providers.")
    taken: list[float] = []
    with time_machine.travel(moment, tick=True):
        for name, user, query in _officials():
            report.heading(name)
            client = Client(HTTP_HOST="127.0.0.1", raise_request_exception=True)
            sign_in(client, user, at=moment)
            for address in _addresses(user, query):
                taken.append(_measure(client, address, options.tries, report))
        report.heading("Anyone")
        client = Client(HTTP_HOST="127.0.0.1")
        for address in _public_addresses():
            taken.append(_measure(client, address, options.tries, report))
    report.heading("Over all pages")
    middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
    report.say(
        f"median {middle:.1f} ms, 95th percentile {late:.1f} ms, slowest {max(taken):.1f} ms"
    )
    report.require(middle <= MEDIAN_MS, f"median {middle:.0f} ms, above {MEDIAN_MS}")
    report.require(late <= P95_MS, f"95th percentile {late:.0f} ms, above {P95_MS}")


def _measure(client: Client, address: str, tries: int, report: Report) -> float:
    """The quickest of some visits after a first one: the page's own time, not that of whoever else works here."""
    milliseconds = []
    count = Counter()
    for number in range(tries + 1):
        count = Counter()
        with connection.execute_wrapper(count):
            began = time.perf_counter()
            response = client.get(address, secure=True)
            spent = (time.perf_counter() - began) * 1000
        assert response.status_code == 200, (address, response.status_code)
        if number:
            milliseconds.append(spent)
    own = min(milliseconds)
    report.say(f"{own:7.1f} ms  queries {count.number:3d}  {address}")
    return own


def _officials() -> Iterator[tuple[str, User, str]]:
    """(what it is, account, query of its reach) for the province, a large city's bureau and one of its districts."""
    city = City.objects.get(slug="guangzhou")
    programme = Programme.objects.filter(city=city).order_by("-year")[0]
    yield "Province, the whole year", _account(Role.PROVINCE), f"year={programme.year}"
    yield "Bureau", _account(Role.BUREAU, city=city), f"programme={programme.pk}"
    district = city.districts.order_by("code")[0]
    yield (
        "District",
        _account(Role.DISTRICT, city=city, district=district),
        f"programme={programme.pk}",
    )


def _public_addresses() -> Iterator[str]:
    """The public lists, and the result list of a batch of the largest city."""
    yield from ("/batches/", "/notices/", "/notices/feed/", "/products/")
    yield from ("/publicity/", "/publicity/results/")
    batch = ResultList.objects.filter(batch__programme__city__slug="guangzhou").latest(
        "published_at"
    )
    yield f"/batches/{batch.batch_id}/results/"
    yield f"/batches/{batch.batch_id}/results/?page=200"


def _account(role: Role, **reach: object) -> User:
    name = f"bench-{role}"
    found = User.objects.filter(username=name).first()
    if found is not None:
        return found
    person = Person.objects.create(name="测量", id_number="-", id_key=lookup_key(name))
    return User.objects.create(username=name, role=role, person=person, is_staff=True, **reach)


def _addresses(user: User, query: str) -> Iterator[str]:
    for page in PAGES:
        yield f"/dashboard/{page}{'&' if '?' in page else '?'}{query}"
    for stage in STAGES:
        yield f"/dashboard/enterprises/?{query}&stage={stage}"
    yield f"/dashboard/enterprises/?{query}&stage=settled&size=medium&industry=catering"
    # A part of many names, and one of none, for which every name is looked through.
    yield f"/dashboard/enterprises/?{query}&text=科技"
    yield f"/dashboard/enterprises/?{query}&text=无此企业"
    yield f"/dashboard/vouchers/?{query}"
    yield f"/dashboard/vouchers/?{query}&page=200"
    for place in PLACES:
        yield f"/dashboard/vouchers/?{query}&place={place}"
    yield f"/dashboard/applications/?{query}"
    week = DayFigures.objects.filter(issued__gt=0).latest("day").day
    yield f"/dashboard/applications/?{query}&week={week}"
    for kind in DAY_KINDS.values():
        yield f"/dashboard/entries/?{query}&kind={kind}"
        yield f"/dashboard/entries/?{query}&kind={kind}&week={week}"
    yield f"/dashboard/orders/?{query}"
    yield f"/dashboard/orders/?{query}&category={Category.TRAINING}&live=1"
    yield f"/dashboard/orders/?{query}&state=paid"
    if user.role != Role.PROVINCE:
        for name in CALLS:
            yield f"/dashboard/calls/{name}/?{query}"
