"""Every route against every role and against strangers of every role (rulebook section 1).

The table is tests/access/table.py; a route, a model of the desk or an act that is missing there fails.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib import admin
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from foundation.accounts.models import User
from tests.access.api_table import API
from tests.access.table import EVERYONE, MODELS, STRANGERS, UNDER_WAY, Route, every_route
from tests.access.world import NOW, World, build_world

pytestmark = pytest.mark.django_db

# What only staff accounts come to: one door, the admin site's.
DESK_ROUTES = frozenset(
    name
    for name in every_route()
    if name.startswith("admin:") and name not in {"admin:login", "admin:logout"}
)
WRITES = ("INSERT", "UPDATE", "DELETE")


def names(resolver: URLResolver, inside: str = "") -> Iterator[str]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from names(one, f"{inside}{one.namespace}:" if one.namespace else inside)
        elif one.name:
            yield f"{inside}{one.name}"


def test_every_route_and_act_stands_in_the_table() -> None:
    tabled = {name.partition(" ")[0] for name in every_route()}
    assert set(names(get_resolver())) == tabled
    # The methods of each address of the API are operations of their own.
    offered = {
        f"api:{one.name} {method}"
        for one in get_resolver("voucher_portal.api_urls").url_patterns
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
        if (method == "GET" and one.name == "schema")
        or hasattr(getattr(one.callback, "cls", None), method.lower())
    }
    assert offered == set(API)
    for model, desk in admin.site._registry.items():
        entry = MODELS[f"{model._meta.app_label}_{model._meta.model_name}"]
        assert set(desk.record_acts) == set(entry.record_acts), model
        assert set(desk.list_acts) == set(entry.list_acts), model


def answer(client: Client, method: str, url: str, **sent: Any) -> HttpResponse:
    """One request whose writes are taken back, signing out too."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        response = getattr(client, method)(url, **sent)
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def meaning(response: HttpResponse) -> str:
    if response.status_code == 404:
        return "404"
    if response.status_code == 302 and response.url.startswith(("/login/", "/admin/login/")):
        return "login"
    if response.status_code == 401:
        return "login"
    return str(response.status_code)


def fault(name: str, route: Route, who: str, user: User | None, found: str) -> str:
    """What should have come instead; "" when the answer is right."""
    if route.who == EVERYONE or who in route.who:
        # Sent away or refused is no way in; 405 is a page that is only posted to, or only read.
        return "" if found not in {"404", "login", "403"} and found[0] in "234" else "let in"
    outside = user is None or not user.is_active or (name in DESK_ROUTES and not user.is_staff)
    kept_out = {"login"} if outside or route.who == UNDER_WAY else {"404"}
    if name == "admin:autocomplete" and not outside:
        # Django's own answer to who may not look at the model asked about; here nobody asks about any.
        kept_out = {"403"}
    return "" if found in kept_out | {"405"} else " ".join(kept_out)


class Watch:
    """Remembers the writes that go to the database, sessions aside."""

    def __init__(self) -> None:
        self.wrote = False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.wrote |= sql.startswith(WRITES) and "django_session" not in sql
        return execute(sql, params, many, context)


def reads_on_record(route: Route, found: str) -> bool:
    """A download that is kept in the audit trail is the only look that writes (R6)."""
    return route.get_writes and found == "200"


# They post where they are let in; these post everywhere.
POSTING = frozenset({"nobody", "other enterprise", "other provider", "bureau"})


# A closed account is nobody: the first pages of each area tell.
CLOSED_TRIES = frozenset({"accounts:home", "orders:list", "dashboards:home", "admin:index"})
# What everyone may read is read by these.
READERS = frozenset({"nobody", "closed", "enterprise", "bureau", "no role"})


def methods(name: str, route: Route, who: str, user: User | None) -> tuple[str, ...]:
    """How an account tries a route.

    One door leads to the desk, so of those outside only one without and one with an account try it at all.
    """
    if name in API:
        return api_methods(name, route, who)
    posts = who in route.who or who in POSTING
    if route.who == EVERYONE and who not in READERS:
        return ()
    if who == "closed" and name not in CLOSED_TRIES:
        return ()
    if name not in DESK_ROUTES:
        return ("get", "post") if posts else ("get",)
    if user is None or not user.is_staff:
        return ("get",) if who in {"nobody", "district"} else ()
    if "act " in name:
        if who in STRANGERS:
            return ("post",) if who in {"other contractor", "other bureau"} else ()
        return ("get", "post") if posts else ("get",)
    if who in STRANGERS and not name.endswith(("_changelist", "_change", "_export")):
        return ()
    return ("get",)


def api_methods(name: str, route: Route, who: str) -> tuple[str, ...]:
    """An operation has its method. A stranger tries what its own role may call; one guard keeps out the rest."""
    if route.who == EVERYONE:
        is_tried = who in READERS
    elif who in STRANGERS:
        is_tried = who.removeprefix("other ").removeprefix("province ") in route.who or (
            who in route.who
        )
    else:
        is_tried = who != "closed"
    return (name.partition(" ")[2].lower(),) if is_tried else ()


def brought(name: str, world: World) -> dict[str, Any]:
    """What a call of the API brings beside its address."""
    if name not in API or name.endswith(" GET"):
        return {}
    return {
        "data": json.dumps(API[name].body(world)),
        "content_type": "application/json",
        "headers": {"Idempotency-Key": "matrix", "If-Match": '"0"'},
    }


def test_each_role_reaches_what_the_table_says_and_looking_writes_nothing() -> None:
    world, routes, wrong, asked = build_world(), every_route(), [], 0
    urls = {
        name: reverse(name.partition(" ")[0], args=route.args(world))
        for name, route in routes.items()
    }
    sent = {name: brought(name, world) for name in routes}
    with time_machine.travel(NOW, tick=False):
        for who, user in world.cast.items():
            client = Client(raise_request_exception=False)
            if user is not None:
                client.force_login(user)
            for name, route in routes.items():
                for method in methods(name, route, who, user):
                    asked += 1
                    watch = Watch()
                    with connection.execute_wrapper(watch):
                        found = meaning(answer(client, method, urls[name], **sent[name]))
                    if right := fault(name, route, who, user, found):
                        wrong.append(f"{who}: {method} {urls[name]} → {found}, not {right}")
                    if (
                        method == "get"
                        and not right
                        and watch.wrote != reads_on_record(route, found)
                    ):
                        wrong.append(f"{who}: looking at {urls[name]} writes, or should")
    print(f"{asked} requests")
    assert not wrong, "\n" + "\n".join(wrong)


def test_nothing_is_posted_without_a_token() -> None:
    world = build_world()
    client = Client(enforce_csrf_checks=True)
    assert world.cast["bureau"]
    client.force_login(world.cast["bureau"])
    for name, route in every_route().items():
        if name in API and (name.endswith(" GET") or route.who == EVERYONE):
            continue
        url = reverse(name.partition(" ")[0], args=route.args(world))
        method = name.partition(" ")[2].lower() if name in API else "post"
        assert getattr(client, method)(url).status_code == 403, name
