"""How a provider stands with its orders: cap, expected against actual, rating, response times (P7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.provider_figures import provider_figures
from tests import build
from tests.orders import build as orders
from tests.redemption import build as claims

pytestmark = pytest.mark.django_db


@pytest.mark.rule("P7")
def test_what_is_accepted_and_reserved_is_set_against_the_cap():
    scene = orders.scene()
    scene.place()
    claims.accepted_orders(scene, 2)
    figures = provider_figures(scene.provider, orders.PLACED)
    (cap,) = figures.caps
    assert (cap.cap, cap.accepted, cap.reserved) == (
        scene.programme.acceptance_cap,
        Decimal(10000),
        Decimal(5000),
    )
    assert cap.left == cap.cap - Decimal(15000)
    assert (figures.running, figures.accepted) == (1, 2)
    assert (figures.expected, figures.actual) == (Decimal(10000), Decimal(10000))


def test_claimed_and_settled_money_was_accepted_all_the_same():
    made = claims.at_step("publish", 2)
    made.settle(0)
    figures = provider_figures(made.scene.provider, claims.SETTLED)
    assert (figures.accepted, figures.actual) == (2, Decimal(10000))


def test_response_times_and_rating_are_averages_of_what_there_is():
    made = claims.world(2)
    figures = provider_figures(made.scene.provider, claims.PREPARED)
    assert figures.to_confirm == timedelta(days=1)
    assert figures.to_check_contract == timedelta(days=1)
    assert (figures.rating.ratings, figures.confirm_text) == (2, "1 天")
    assert "预计 10,000 元" in figures.expected_note


@pytest.mark.rule("P7")
def test_a_provider_without_orders_has_its_own_citys_cap_and_no_averages():
    provider = build.provider()
    assert provider_figures(provider, orders.PLACED).caps == []
    programme = build.programme()
    figures = provider_figures(provider, orders.PLACED)
    assert [(cap.programme, cap.held) for cap in figures.caps] == [(programme, Decimal(0))]
    assert (figures.to_confirm, figures.rating_text, figures.confirm_text) == (None, "—", "—")


def test_the_figures_take_the_same_queries_for_one_order_and_many():
    scene = orders.scene()
    scene.place()
    counts = []
    for more in (0, 3):
        claims.accepted_orders(scene, more)
        with CaptureQueriesContext(connection) as asked:
            provider_figures(scene.provider, claims.PREPARED)
        counts.append(len(asked))
    assert counts[0] == counts[1]
