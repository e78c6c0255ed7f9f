"""Counts by network address hold against one who has a whole network of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from foundation.accounts.models import User
from foundation.accounts.slowing import ADDRESS, attempt_of
from foundation.accounts.views import SIGN_UPS_AN_HOUR
from foundation.flooding import is_flood
from foundation.senders import sender_of

# 18 quintillion of these belong to one subscriber.
ADDRESSES = [f"2001:db8:1:2:{number:x}::{number:x}" for number in range(1, 200)]


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2::7", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::7", "2001:db8:1:3::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_whom_a_count_is_about(address: str, sender: str) -> None:
    assert sender_of(address) == sender


def test_objections_of_one_subscriber_are_counted_together() -> None:
    asked = [RequestFactory().get("/", REMOTE_ADDR=address) for address in ADDRESSES[:25]]
    floods = [is_flood(one, "objection", most=20, within=timedelta(hours=1)) for one in asked]
    assert floods == [False] * 20 + [True] * 5
    neighbour = RequestFactory().get("/", REMOTE_ADDR="2001:db8:1:3::1")
    assert not is_flood(neighbour, "objection", most=20, within=timedelta(hours=1))


def test_guessing_many_names_from_one_network_is_slowed_down() -> None:
    at = timezone.now()
    waits = [
        attempt_of(RequestFactory().post("/login/", REMOTE_ADDR=address), f"name{place}").admitted(
            at
        )
        for place, address in enumerate(ADDRESSES)
    ]
    assert not any(waits[: ADDRESS.free + 1]) and all(waits[ADDRESS.free + 1 :])


@pytest.mark.django_db
def test_no_machine_signs_up_without_end(settings) -> None:
    settings.SIGN_UP_ASSURANCE_LEVEL = 0
    form = {"role": "enterprise", "password": "sea-horse-19-x", "password_again": "sea-horse-19-x"}
    for place in range(SIGN_UPS_AN_HOUR + 1):
        page = Client(REMOTE_ADDR=ADDRESSES[place]).post(
            "/signup/", {**form, "username": f"machine{place}"}
        )
    assert page.status_code == 200 and f"最多注册 {SIGN_UPS_AN_HOUR} 个" in page.content.decode()
    assert User.objects.count() == SIGN_UPS_AN_HOUR
    other = Client(REMOTE_ADDR="198.51.100.9").post("/signup/", {**form, "username": "person"})
    assert other.status_code == 302
