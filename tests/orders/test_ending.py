"""Ending a payment that its parties left lying after the voucher expired (V5, V6; ADR 0021)."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import end_of_day
from foundation.notices.models import Message
from orders.operations.ending import end_payment
from orders.policies.payments import UnableToEndPayment
from orders.states import OrderState, PaymentState
from tests import build
from tests.orders import build as orders
from vouchers.queries import allowance_left

pytestmark = pytest.mark.django_db

# Five working days after 30 November 2020, which was a Monday.
BOTH_HAD_TIME = end_of_day(date(2020, 12, 7))
LATER = BOTH_HAD_TIME + orders.MICROSECOND


def end(scene, *, at=LATER, by=None, reason="机构多次催办仍未收券"):
    by = by or build.actor(build.account(Role.CONTRACTOR))
    return end_payment(by=by, at=at, order=scene.order, reason=reason)


@pytest.mark.rule("V5", "V6", "V2", "P7", "N2")
@pytest.mark.parametrize("state", ["paid", "payment_correction"])
def test_the_money_goes_back_to_the_programme_and_still_counts_against_the_cap(state):
    scene = orders.in_state(state)
    left = allowance_left(scene.enterprise.pk, scene.programme)
    end(scene)
    order = scene.fresh()
    assert (order.state, order.reserved, order.paid) == (OrderState.LAPSED, 0, 0)
    assert order.end_reason == "机构多次催办仍未收券"
    assert order.payments.get().state == PaymentState.RETURNED
    assert (scene.voucher.paid, scene.voucher.reclaimed) == (0, scene.voucher.amount)
    assert (scene.allowance().reserved, scene.allowance().accepted) == (0, 0)
    assert allowance_left(scene.enterprise.pk, scene.programme) == left
    told = Message.objects.filter(event="payment_ended").values_list("recipient", flat=True)
    assert set(told) == {scene.enterprise.account_id, scene.provider.account_id}
    assert AuditEntry.objects.filter(action="end_payment", reason=order.end_reason).exists()
    orders.assert_books_balance(scene)


@pytest.mark.rule("V5")
@pytest.mark.parametrize("at", [orders.ACCEPTED, orders.EXPIRES, BOTH_HAD_TIME])
def test_not_before_both_had_time_after_expiry(at):
    scene = orders.in_state("paid")
    with pytest.raises(UnableToEndPayment) as refused:
        end(scene, at=at)
    assert "2020年12月7日" in refused.value.sentence
    assert scene.fresh().state == OrderState.PAID
    orders.assert_books_balance(scene)


@pytest.mark.rule("V5")
@pytest.mark.parametrize("state", ["contracted", "accepted", "claimed", "settled", "lapsed"])
def test_only_a_payment_that_nobody_took(state):
    scene = orders.in_state(state)
    with pytest.raises(IllegalMove):
        end(scene)
    orders.assert_books_balance(scene)


@pytest.mark.rule("V5")
def test_the_contractor_of_the_city_and_nobody_else():
    scene = orders.in_state("paid")
    others = [build.account(Role.BUREAU), build.account(Role.CONTRACTOR, of=build.city("zhuhai"))]
    for account in [*others, scene.enterprise.account, scene.provider.account]:
        with pytest.raises(OutOfReach):
            end(scene, by=build.actor(account))
    assert scene.fresh().state == OrderState.PAID


@pytest.mark.rule("V5")
@pytest.mark.parametrize("reason", ["", "  "])
def test_a_reason_is_asked_for(reason):
    scene = orders.in_state("paid")
    assert "原因" in orders.refused(end, scene, reason=reason)


@pytest.mark.rule("V5")
def test_a_second_click_finds_it_ended():
    scene = orders.in_state("paid")
    end(scene)
    with pytest.raises(IllegalMove):
        end(scene)
    orders.assert_books_balance(scene)
