"""``script/bench pages``: the server time of every page that a link leads to, with a whole season in PostgreSQL.

Each role starts at its home and follows the links of the pages it is shown, a few visits to each route, as the busiest
account of its kind. Time is taken around the whole request inside this process: middleware, queries, template.
"""

from __future__ import annotations

import argparse
import re
import statistics
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urldefrag, urljoin, urlsplit

import time_machine
from django.db import connection
from django.db.models import Count
from django.test import Client
from django.urls import Resolver404, resolve

from bench.fill import sign_in
from bench.report import Report
from bench.services import Stand
from foundation.accounts.models import Role, User
from foundation.moments import moment
from foundation.regions.models import City
from rehearsal.large.rows import run as execute
from rehearsal.season.plan import SeasonPlan
from rehearsal.season.play import play_season

# Towards the end of the season most things have happened, and some still wait on everyone.
MOMENT = moment(date(2020, 11, 16), 10)
HREF = re.compile(r'href="([^"]+)"')
STARTS = {
    "": ["/", "/batches/", "/products/", "/notices/", "/publicity/"],
    Role.ENTERPRISE: ["/enterprise/", "/vouchers/", "/orders/", "/messages/"],
    Role.PROVIDER: ["/provider/", "/orders/", "/claims/", "/messages/"],
    Role.CONTRACTOR: ["/admin/"],
    Role.BUREAU: ["/admin/", "/dashboard/"],
    Role.DISTRICT: ["/dashboard/"],
    Role.PROVINCE: ["/dashboard/"],
}
# Bytes, not pages; and what a link must not do.
LEFT_OUT = re.compile(
    r"^/(static|files|logout|api)/|download|export|archive|/report/\d+/|\.(xlsx|csv|zip|pdf|ics)$"
)
ROUTES_SHOWN = 15
TRIES = 3


@dataclass
class Visits:
    """What the visits to one route by one role took."""

    milliseconds: list[float] = field(default_factory=list)
    queries: list[int] = field(default_factory=list)
    slowest: str = ""

    def add(self, path: str, milliseconds: float, queries: int) -> None:
        if not self.milliseconds or milliseconds > max(self.milliseconds):
            self.slowest = path
        self.milliseconds.append(milliseconds)
        self.queries.append(queries)


def run(options: argparse.Namespace, services: Stand, report: Report) -> None:
    """Play a season, walk, and say which pages are slow."""
    started = time.monotonic()
    plan = SeasonPlan(
        city="guangzhou",
        year=MOMENT.year,
        enterprises=options.enterprises,
        providers=options.providers,
        seed=7,
    )
    play_season(plan, city=City.objects.get(slug=plan.city), after_each=lambda at, tally: None)
    execute("VACUUM ANALYZE")
    report.say(
        f"A season of {options.enterprises} enterprises and {options.providers} providers, played in "
        f"{time.monotonic() - started:.0f} s."
    )
    for role, starts in STARTS.items():
        user = busiest(role)
        if role and user is None:
            continue
        found = walk(user, starts, visits=options.visits)
        report.heading(f"{Role(role).label if role else '公众'}: {len(found)} routes")
        _say(found, options.limit, report)


def busiest(role: str) -> User | None:
    """The account of a role with the most orders, or the first one of it."""
    side = {Role.ENTERPRISE: "enterprise__orders", Role.PROVIDER: "provider__orders"}.get(role)
    accounts = User.objects.filter(role=role, is_active=True)
    if side:
        accounts = accounts.annotate(orders=Count(side)).order_by("-orders", "pk")
    return accounts.first()


def walk(user: User | None, starts: list[str], *, visits: int) -> dict[str, Visits]:
    """Every route that links lead to from ``starts``, each opened at most ``visits`` times."""
    client = Client(HTTP_HOST="127.0.0.1", raise_request_exception=True)
    if user is not None:
        sign_in(client, user, at=MOMENT)
    found: dict[str, Visits] = defaultdict(Visits)
    todo, seen = deque(starts), set(starts)
    with time_machine.travel(MOMENT, tick=True):
        while todo:
            path = todo.popleft()
            route = _route(path)
            if not route or len(found[route].milliseconds) >= visits:
                continue
            text = _visit(client, path, found[route])
            for link in _links(text, path):
                if link not in seen:
                    seen.add(link)
                    todo.append(link)
    return {route: each for route, each in found.items() if each.milliseconds}


def _visit(client: Client, path: str, visits: Visits) -> str:
    """Open a page several times and take the quickest: the page's own time, not that of whoever else works here."""
    taken = []
    for _ in range(TRIES):
        count = Counter()
        with connection.execute_wrapper(count):
            began = time.perf_counter()
            response = client.get(path, secure=True)
            taken.append((time.perf_counter() - began) * 1000)
    visits.add(path, min(taken), count.number)
    if response.streaming or not response["Content-Type"].startswith("text/html"):
        return ""
    return response.content.decode()


class Counter:
    """Counts statements."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, execute: Any, *arguments: Any) -> Any:
        self.number += 1
        return execute(*arguments)


def _links(text: str, page: str) -> Iterator[str]:
    for href in HREF.findall(text):
        target = urldefrag(urljoin(page, unescape(href)))[0]
        parts = urlsplit(target)
        if not parts.scheme and not parts.netloc and not LEFT_OUT.search(parts.path):
            yield target


def _route(path: str) -> str:
    """The route's name; the same page of a list at another page number is the same route."""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return ""


def _say(found: dict[str, Visits], limit: float, report: Report) -> None:
    slowest = sorted(found.items(), key=lambda row: -max(row[1].milliseconds))
    for route, visits in slowest[:ROUTES_SHOWN]:
        report.say(
            f"{max(visits.milliseconds):7.1f} ms  median {statistics.median(visits.milliseconds):6.1f}  "
            f"queries {max(visits.queries):3d}  {route}  {visits.slowest}"
        )
    for route, visits in slowest:
        median = statistics.median(visits.milliseconds)
        report.require(
            median <= limit, f"{route}: {median:.0f} ms, above {limit:.0f} ({visits.slowest})"
        )
