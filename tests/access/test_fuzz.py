"""A fuzz of forms and filters over every route and role: no error of the server, and no money moved but by an act.

FUZZ_SECONDS (25) says how long, FUZZ_SEED which requests; the same seed makes the same ones in the same order.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from random import Random
from typing import Any

import pytest
import time_machine
from django.core.cache import caches
from django.db import transaction
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from tests.access import fuzz
from tests.access.table import EVERYONE, SIGNED_IN, every_route
from tests.access.world import NOW, build_world
from voucher_portal.reconciliation import all_breaks
from vouchers.models import LedgerEntry, Voucher

pytestmark = pytest.mark.django_db

SECONDS = float(os.environ.get("FUZZ_SECONDS", "25"))
SEED = int(os.environ.get("FUZZ_SEED", "2020"))
PLACES = ("free", "reserved", "paid", "settled", "disallowed", "returned", "reclaimed")


class Fuzz:
    """The world, a browser for each account, and what was found."""

    def __init__(self) -> None:
        self.world = build_world()
        self.chance = Random(SEED)
        self.routes = every_route()
        self.urls = {
            name: reverse(name.partition(" ")[0], args=route.args(self.world))
            for name, route in self.routes.items()
        }
        self.clients: dict[str, Client] = {}
        for who, user in self.world.cast.items():
            self.clients[who] = Client(raise_request_exception=False)
            if isinstance(user, User) and user.is_active:
                self.clients[who].force_login(user)
        self.pages: dict[tuple[str, str], fuzz.Page] = {}
        self.asked: Counter[str] = Counter()
        self.answered: Counter[int] = Counter()
        self.moved = 0
        self.tried: set[tuple[str, str]] = set()
        self.faults: list[str] = []

    def page(self, name: str, who: str) -> fuzz.Page:
        """What the page of a route shows to an account, read once."""
        if (name, who) not in self.pages:
            page = self.pages[name, who] = fuzz.Page()
            answer = self._send(who, "get", self.urls[name])
            if answer.status_code < 400 and "html" in answer.get("Content-Type", ""):
                page.learn(answer.content.decode())
        return self.pages[name, who]

    def one(self, name: str) -> None:
        """One odd request to the route."""
        chance, route = self.chance, self.routes[name]
        let_in = sorted(SIGNED_IN | {"nobody"} if route.who == EVERYONE else route.who)
        let_in = [who for who in let_in if who in self.clients]
        if not let_in and chance.random() < 0.8:
            return  # nobody gets in there: now and then is enough
        who = (
            chance.choice(let_in)
            if let_in and chance.random() < 0.85
            else chance.choice(sorted(self.clients))
        )
        page = self.page(name, who)
        url = fuzz.address(chance, self.urls[name])
        self.tried.add((name, who))
        if chance.random() < 0.4:
            self._judge(name, who, "get", f"{url}?{fuzz.query(chance, page)}", {})
            return
        if chance.random() < 0.1:
            url = f"{url}?{fuzz.query(chance, page)}"
        body, kind = fuzz.form(chance, page)
        self._judge(name, who, "post", url, {"data": body, "content_type": kind})

    def _judge(self, name: str, who: str, method: str, url: str, sent: dict[str, Any]) -> None:
        before = books()
        with transaction.atomic():
            trail = AuditEntry.objects.count()
            answer = self._send(who, method, url, sent)
            said = f"{who}: {method} {url[:300]} {sent.get('content_type', '')} {str(sent.get('data', ''))[:1500]}"
            if answer.status_code >= 500:
                error = getattr(answer, "exc_info", None)
                self.faults.append(f"{answer.status_code} {error and error[1]!r} for {said}")
            elif books() != before:
                self.moved += 1
                may = who in self.routes[name].who and answer.status_code == 302
                if not may or AuditEntry.objects.count() == trail or list(all_breaks()):
                    self.faults.append(f"money moved: {said}")
            transaction.set_rollback(True)
        self.asked[method] += 1
        self.answered[answer.status_code] += 1

    def _send(self, who: str, method: str, url: str, sent: dict[str, Any] | None = None) -> Any:
        client = self.clients[who]
        cookies = client.cookies.copy()
        with transaction.atomic():
            answer = client.generic(method.upper(), url, **(sent or {}))
            if answer.streaming:
                answer.getvalue()
            elif method == "get" or not sent:
                transaction.set_rollback(True)
        client.cookies = cookies
        return answer


def books() -> list[Any]:
    """Every voucher's money, and how many entries the ledger has."""
    return [LedgerEntry.objects.count(), *Voucher.objects.order_by("pk").values_list(*PLACES)]


def test_odd_requests_are_answered_and_move_nothing() -> None:
    with time_machine.travel(NOW, tick=False):
        found = Fuzz()
    # The time of the portal stands still; how long this goes on is told by a clock that does not.
    until = time.monotonic() + SECONDS
    names = sorted(found.routes)
    rounds = 0
    with time_machine.travel(NOW, tick=False):
        while time.monotonic() < until and len(found.faults) < 20:
            found.chance.shuffle(names)
            for cache in caches.all():
                cache.clear()
            for name in names:
                if time.monotonic() > until:
                    break
                found.one(name)
            rounds += 1
    print(
        f"{sum(found.asked.values())} odd requests ({dict(found.asked)}) to {len(found.tried)} pairs of route and role, "
        f"{rounds} rounds over {len(names)} routes; answers {dict(sorted(found.answered.items()))}; "
        f"{found.moved} sound acts among them moved money"
    )
    assert not found.faults, "\n\n".join(found.faults)
    assert found.asked["post"] and found.asked["get"]
