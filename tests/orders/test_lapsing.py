"""Deadlines, lapsing and reminders (V4, V5, V6, V7, B7)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.moments import end_of_day, moment
from foundation.notices.models import Message, OutboxEntry
from orders.models import Order
from orders.operations.lapsing import lapse_order
from orders.queries import deadline_reason, deadlines_of, has_lapsed, order_deadline, whose_turn
from orders.states import OrderState
from orders.tasks import lapse_due_orders, remind
from tests import build
from tests.orders import build as orders
from vouchers.operations.reclaiming import IN_FLIGHT
from vouchers.tasks import reclaim_unused

pytestmark = pytest.mark.django_db
DEADLINES = {
    "placed": orders.WINDOW_ENDS,
    "confirmed": orders.WINDOW_ENDS,
    "contract_submitted": orders.EXPIRES,
    "contract_returned": orders.WINDOW_ENDS,
    "contracted": orders.EXPIRES,
}


@pytest.mark.rule("V4", "V5", "V6")
@pytest.mark.parametrize("state", OrderState.values)
def test_each_state_has_its_deadline_and_lapses_one_microsecond_after_it(state):
    scene = orders.in_state(state)
    deadline = DEADLINES.get(state)
    assert order_deadline(scene.order) == deadline
    assert deadlines_of([scene.order]) == {scene.order.pk: deadline}
    assert bool(deadline_reason(scene.order)[0]) is (deadline is not None)
    if deadline is None:
        assert not scene.lapse(at=orders.EXPIRES + timedelta(days=300))
        assert has_lapsed(scene.order, orders.PLACED) is (state == "lapsed")
        assert scene.fresh().state == state
        return
    assert not scene.lapse(at=deadline)
    assert not has_lapsed(scene.order, deadline)
    assert has_lapsed(scene.order, deadline + orders.MICROSECOND)
    assert scene.lapse(at=deadline + orders.MICROSECOND)
    scene.fresh()
    assert (scene.order.state, scene.order.reserved) == (OrderState.LAPSED, 0)
    assert (scene.voucher.free, scene.voucher.reclaimed, scene.voucher.reserved) == (0, 20000, 0)
    assert scene.allowance().reserved == 0
    orders.assert_books_balance(scene)
    assert not scene.lapse(at=deadline + orders.MICROSECOND), "a second run changes nothing"
    for account in (scene.enterprise.account, scene.provider.account):
        assert Message.objects.filter(recipient=account, event="order_lapsed").count() == 1
    assert AuditEntry.objects.filter(action="lapse_order").count() == 1


@pytest.mark.rule("V4")
def test_only_a_job_lapses_orders():
    scene = orders.at_step("place")
    for by in (scene.buyer, scene.seller, build.actor(build.account("bureau")), build.Actor()):
        with pytest.raises(OutOfReach):
            lapse_order(at=orders.EXPIRES, by=by, order_pk=scene.order.pk)


@pytest.mark.rule("V4", "V5")
def test_the_sweeper_takes_what_is_due_and_leaves_the_rest():
    scene = orders.scene()
    made = {}
    for name, steps in {
        "placed": (),
        "confirmed": ("confirm",),
        "submitted": ("confirm", "upload"),
        "returned": ("confirm", "upload", "send_back"),
        "contracted": ("confirm", "upload", "agree"),
    }.items():
        made[name] = scene.place(1000)
        for step in steps:
            getattr(scene, step)()

    def lapsed():
        pks = set(Order.objects.filter(state="lapsed").values_list("pk", flat=True))
        return {name for name, order in made.items() if order.pk in pks}

    assert lapse_due_orders(orders.WINDOW_ENDS) == 0
    assert lapse_due_orders(orders.WINDOW_ENDS + IN_FLIGHT) == 0, (
        "an upload in time may still be in flight"
    )
    after = orders.WINDOW_ENDS + IN_FLIGHT + orders.MICROSECOND
    assert lapse_due_orders(after) == 3
    assert lapsed() == {"placed", "confirmed", "returned"}
    assert lapse_due_orders(after) == 0
    reclaim_unused(after)
    scene.fresh()
    assert (scene.voucher.free, scene.voucher.reserved, scene.voucher.reclaimed) == (0, 2000, 18000)
    assert lapse_due_orders(orders.EXPIRES + IN_FLIGHT) == 0
    assert lapse_due_orders(orders.EXPIRES + IN_FLIGHT + orders.MICROSECOND) == 2
    assert lapsed() == set(made)
    assert scene.fresh().voucher.reclaimed == 20000
    orders.assert_books_balance(scene)


@pytest.mark.rule("V4")
def test_the_sweeper_leaves_a_correction_window_that_is_still_open():
    scene = orders.at_step("confirm")
    scene.upload(at=orders.WINDOW_ENDS)
    scene.send_back(at=moment(date(2020, 7, 31), 16))
    deadline = end_of_day(date(2020, 8, 7))
    assert lapse_due_orders(deadline + IN_FLIGHT) == 0
    assert lapse_due_orders(deadline + IN_FLIGHT + orders.MICROSECOND) == 1


@pytest.mark.rule("B7", "V4")
def test_one_order_without_a_calendar_does_not_stop_the_others(monkeypatch, caplog):
    scene = orders.at_step("upload")
    scene.send_back()
    returned = scene.order
    placed = scene.place(1000)
    monkeypatch.setattr("chinese_calendar.is_workday", _unknown)
    assert lapse_due_orders(orders.WINDOW_ENDS + timedelta(days=1)) == 1
    assert Order.objects.get(pk=placed.pk).state == OrderState.LAPSED
    assert Order.objects.get(pk=returned.pk).state == OrderState.CONTRACT_RETURNED
    assert "has no deadline yet" in caplog.text
    assert deadlines_of([Order.objects.get(pk=returned.pk)]) == {returned.pk: None}


def _unknown(day):
    raise NotImplementedError


@pytest.mark.rule("V5")
def test_a_payment_in_time_is_not_touched_by_the_sweeper():
    scene = orders.at_step("agree")
    scene.pay(at=orders.EXPIRES)
    assert lapse_due_orders(orders.EXPIRES + timedelta(days=30)) == 0
    assert scene.fresh().voucher.paid == 5000


# --- reminders -----------------------------------------------------------------------------


def day_before(deadline, days):
    return moment((deadline - timedelta(days=days)).date(), 9)


@pytest.mark.rule("V7")
def test_seven_three_and_one_days_before_to_both_sides_each_once():
    scene = orders.at_step("place")

    def got():
        return Message.objects.filter(event="order_deadline").count()

    assert remind(day_before(orders.WINDOW_ENDS, 8)) == 0
    for days, total in ((7, 2), (6, 2), (5, 2), (4, 2), (3, 4), (2, 4), (1, 6), (0, 6)):
        remind(day_before(orders.WINDOW_ENDS, days))
        assert remind(day_before(orders.WINDOW_ENDS, days)) == 0
        assert got() == total, days
    assert remind(orders.WINDOW_ENDS) == 0
    assert remind(orders.WINDOW_ENDS + orders.MICROSECOND) == 0
    accounts = set(
        Message.objects.filter(event="order_deadline").values_list("recipient", flat=True)
    )
    assert accounts == {scene.enterprise.account.pk, scene.provider.account.pk}
    assert OutboxEntry.objects.filter(message__event="order_deadline").count() == 6
    marks = {message.params["days"] for message in Message.objects.filter(event="order_deadline")}
    assert marks == {7, 3, 1}


@pytest.mark.rule("V7")
def test_a_missed_day_does_not_swallow_the_reminder():
    orders.at_step("place")
    assert remind(day_before(orders.WINDOW_ENDS, 2)) == 2
    assert Message.objects.filter(event="order_deadline").first().params["days"] == 3


@pytest.mark.rule("V7")
@pytest.mark.parametrize("state", ["contract_submitted", "contracted"])
def test_before_expiry_both_sides_are_reminded(state):
    orders.in_state(state)
    assert remind(day_before(orders.EXPIRES, 7)) == 2


@pytest.mark.rule("V7")
def test_a_correction_window_is_reminded_of_too():
    scene = orders.at_step("confirm")
    scene.upload(at=orders.WINDOW_ENDS)
    scene.send_back(at=moment(date(2020, 7, 31), 16))
    assert remind(moment(date(2020, 8, 4), 9)) == 2
    assert remind(moment(date(2020, 8, 4), 10)) == 0
    assert remind(moment(date(2020, 8, 6), 9)) == 2


@pytest.mark.rule("V7")
@pytest.mark.parametrize(
    ("state", "deadline", "side"),
    [
        ("contract_submitted", orders.WINDOW_ENDS, "provider"),
        ("paid", orders.EXPIRES, "provider"),
        ("payment_correction", orders.EXPIRES, "enterprise"),
    ],
)
def test_the_side_that_keeps_an_order_waiting_is_reminded_three_days_before(state, deadline, side):
    scene = orders.in_state(state)
    waiting = Message.objects.filter(event="order_waiting")
    remind(day_before(deadline, 4))
    assert waiting.count() == 0
    remind(day_before(deadline, 3))
    assert waiting.count() == 1
    remind(day_before(deadline, 1))
    message = waiting.get()
    assert message.recipient == getattr(scene, side).account
    assert message.params["what"] == whose_turn(scene.order).what


@pytest.mark.rule("V7", "V5")
@pytest.mark.parametrize(
    ("state", "side"), [("paid", "provider"), ("payment_correction", "enterprise")]
)
def test_a_payment_that_waits_is_told_of_once_a_week_also_after_expiry(state, side):
    scene = orders.in_state(state)
    weekly = Message.objects.filter(event="orders_waiting")
    tuesday = scene.fresh().paid_at  # 2020-09-01
    remind(tuesday + timedelta(days=7) - orders.MICROSECOND)
    assert not weekly.exists()
    for days in (7, 7, 8, 12):
        remind(tuesday + timedelta(days=days))
    message = weekly.get()
    assert message.recipient == getattr(scene, side).account
    assert message.params["count"] == 1
    assert message.params["since"] == "2020年9月1日"
    remind(tuesday + timedelta(days=13))  # the next Monday
    assert weekly.count() == 2
    remind(orders.EXPIRES + timedelta(days=7))
    assert weekly.count() == 3


@pytest.mark.rule("V7")
def test_nobody_is_reminded_of_an_order_that_has_ended():
    for_nothing = orders.in_state("declined")
    assert for_nothing.order.state == "declined"
    assert remind(day_before(orders.WINDOW_ENDS, 1)) == 0


def test_reminding_takes_a_fixed_number_of_queries_once_all_is_said(django_assert_max_num_queries):
    scene = orders.scene()
    for _ in range(12):
        scene.place(100)
    assert remind(day_before(orders.WINDOW_ENDS, 7)) == 24
    with django_assert_max_num_queries(5):
        assert remind(day_before(orders.WINDOW_ENDS, 7)) == 0
