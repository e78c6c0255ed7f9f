"""No cache keeps a personal page: every route is opened by every role that may, and looked at (ASVS 14.2.2, 14.3.2)."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.urls import resolve, reverse

from tests.access.table import EVERYONE, every_route
from tests.access.test_matrix import answer
from tests.access.world import NOW, build_world

pytestmark = [pytest.mark.django_db, pytest.mark.once]

ROLES = ("enterprise", "provider", "contractor", "expert", "bureau", "district", "province")
# The same for everyone, without cookies and without a name (foundation/public_record.py), and what belongs to nobody.
SHARED = ("public", "max-age=60")


def test_every_page_for_somebody_is_private_and_never_stored() -> None:
    world, wrong, seen = build_world(), [], 0
    with time_machine.travel(NOW, tick=False):
        for who in ROLES:
            client = Client(raise_request_exception=False)
            client.force_login(world.cast[who])
            for name, route in every_route().items():
                if "act " in name or (who not in route.who and route.who != EVERYONE):
                    continue
                url = reverse(name.partition(" ")[0], args=route.args(world))
                page = answer(client, "get", url)
                if page.status_code != 200:
                    continue
                seen += 1
                told = page.get("Cache-Control", "")
                public = (
                    getattr(resolve(url).func, "is_public_record", False) or route.who == EVERYONE
                )
                if "private" in told and "no-store" in told:
                    continue
                if public and world.cast[who].shown_name not in _text(page):
                    continue
                wrong.append(f"{who}: {url} → {told!r}")
    print(f"{seen} pages")
    assert seen > 300
    assert not wrong, "\n".join(wrong)


def test_nothing_public_carries_a_cookie_or_a_name() -> None:
    world = build_world()
    name = "某某独有名称有限公司"
    account = world.cast["enterprise"]
    account.first_name = name
    account.save()
    with time_machine.travel(NOW, tick=False):
        client = Client(raise_request_exception=False)
        client.force_login(account)
        for route_name, route in every_route().items():
            url = reverse(route_name.partition(" ")[0], args=route.args(world))
            page = answer(client, "get", url)
            if "public" in page.get("Cache-Control", ""):
                assert not page.cookies, url
                assert name not in _text(page), url


def _text(page) -> str:
    if page.streaming or not page["Content-Type"].startswith("text/"):
        return ""
    return page.content.decode(errors="replace")


def test_signing_out_clears_what_the_browser_kept() -> None:
    world = build_world()
    client = Client()
    client.force_login(world.cast["enterprise"])
    assert client.post("/logout/")["Clear-Site-Data"] == '"cache"'


@pytest.mark.parametrize(
    "address", ["/nothing/", "/orders/999999/x/", "/products/999999/", "/admin/no/such/"]
)
def test_a_page_that_is_not_there_knows_nobody_by_name(address: str, settings) -> None:
    """Also for a session that has sat idle and would be ended on any real page."""
    settings.SESSION_LIMITS_MINUTES = {"staff": (30, 600), "party": (120, 720)}
    world = build_world()
    account = world.cast["bureau"]
    client = Client(raise_request_exception=False)
    client.force_login(account)
    session = client.session
    session["kind"], session["began_at"], session["seen_at"] = "staff", 0, 0
    session.save()
    page = client.get(address, follow=True)
    text = page.content.decode()
    assert account.shown_name not in text
    assert account.username not in text
