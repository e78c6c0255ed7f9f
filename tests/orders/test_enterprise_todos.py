"""What orders ask of an enterprise on its home page (N2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.enterprise_todos import todos
from orders.models import Order
from orders.operations.cancelling import ask_cancellation
from orders.states import OrderState
from tests import build
from tests.orders import build as orders
from tests.orders.build import CONTRACTED, EXPIRES, MICROSECOND, UPLOADED, WINDOW_ENDS

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N2")]


@pytest.mark.parametrize("state", OrderState.values)
def test_an_order_is_named_when_it_is_the_enterprises_turn(state: str) -> None:
    scene = orders.in_state(state)
    at = UPLOADED if state in {"confirmed", "contract_returned"} else CONTRACTED
    found = todos(scene.enterprise.account, at)
    asked = {
        "confirmed": ("上传合同", WINDOW_ENDS),
        "contract_returned": ("补正合同", WINDOW_ENDS),
        "contracted": ("查看并支付", EXPIRES),
        "payment_correction": ("补正材料", None),
    }
    expected = [asked[state]] if state in asked else []
    assert [(todo.label, todo.until) for todo in found] == expected
    assert not todos(scene.provider.account, at)
    assert not todos(build.enterprise().account, at)


def test_what_the_clock_has_ended_is_nobodys_turn() -> None:
    scene = orders.in_state("confirmed")
    assert todos(scene.enterprise.account, WINDOW_ENDS)
    assert not todos(scene.enterprise.account, WINDOW_ENDS + MICROSECOND)


def test_a_cancellation_asked_by_the_provider_waits_for_an_answer() -> None:
    scene = orders.in_state("contracted")
    later = CONTRACTED + timedelta(hours=1)
    ask_cancellation(by=scene.seller, at=later, order=scene.order, reason="无法履约")
    (todo,) = todos(scene.enterprise.account, later)
    assert "提出取消" in todo.sentence and todo.url == f"/orders/{scene.order.pk}/"


def test_many_orders_take_as_many_queries_as_one() -> None:
    scene = orders.in_state("contract_returned")

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            todos(scene.enterprise.account, UPLOADED)
        return len(seen)

    one = count()
    for _ in range(5):
        order = Order.objects.get(pk=scene.order.pk)
        order.pk = None
        order.save(force_insert=True)
    assert len(todos(scene.enterprise.account, UPLOADED)) == 6 and count() == one
