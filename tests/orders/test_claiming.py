"""What redemption does to orders (R1, R5, R7, P7, O8)."""

from __future__ import annotations

import pytest

from foundation.errors import IllegalMove, OutOfReach
from foundation.notices.models import Message
from orders.operations.claiming import take_into_claim
from orders.operations.returning import ask_payment_return
from orders.policies.ordering import UnableToCancel, UnableToClaim
from orders.states import OrderState
from tests import build
from tests.orders import build as orders
from vouchers.operations.ledger import lock_voucher

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R1")
def test_an_accepted_order_goes_into_a_claim_and_out_again():
    scene = orders.at_step("accept")
    scene.claim()
    with pytest.raises(IllegalMove):
        scene.claim()
    scene.unclaim()
    assert scene.fresh().state == OrderState.ACCEPTED
    with pytest.raises(IllegalMove):
        scene.unclaim()
    scene.claim()
    orders.assert_books_balance(scene)


@pytest.mark.rule("R5", "P7")
def test_a_settled_order_stays_counted_against_the_cap():
    scene = orders.at_step("settle")
    assert (scene.order.state, scene.order.paid, scene.order.settled) == (
        OrderState.SETTLED,
        0,
        5000,
    )
    assert (scene.voucher.paid, scene.voucher.settled) == (0, 5000)
    assert scene.allowance().accepted == 5000
    told = Message.objects.filter(event="order_settled").values_list("recipient", flat=True)
    assert list(told) == [scene.enterprise.account_id]
    with pytest.raises(IllegalMove):
        scene.settle()
    with pytest.raises(IllegalMove):
        scene.disallow()
    orders.assert_books_balance(scene)


@pytest.mark.rule("R7", "P7")
def test_a_disallowed_order_no_longer_counts_against_the_cap():
    scene = orders.at_step("claim")
    with pytest.raises(UnableToCancel, match="请填写"):
        scene.disallow(reason="")
    scene.disallow(reason="发票不实")
    scene.fresh()
    assert (scene.order.state, scene.order.paid, scene.order.disallowed) == (
        OrderState.DISALLOWED,
        0,
        5000,
    )
    assert (scene.voucher.paid, scene.voucher.disallowed) == (0, 5000)
    assert scene.allowance().accepted == 0
    assert scene.order.end_reason == "发票不实"
    orders.assert_books_balance(scene)


@pytest.mark.rule("O8", "R1")
def test_an_open_request_to_return_the_payment_keeps_the_order_out_of_claims_until_expiry():
    scene = orders.at_step("accept")
    ask_payment_return(by=scene.seller, at=orders.ACCEPTED, order=scene.order, reason="填错")
    with pytest.raises(UnableToClaim):
        scene.claim(at=orders.EXPIRES)
    scene.claim(at=orders.EXPIRES + orders.MICROSECOND)


def test_the_order_must_be_the_vouchers_own():
    from django.db import transaction

    scene = orders.at_step("accept")
    other = build.voucher(build.enterprise(), 1000, build.batch(scene.programme))
    with pytest.raises(OutOfReach), transaction.atomic():
        take_into_claim(lock_voucher(other.pk), scene.order.pk, by=build.JOB, at=orders.ACCEPTED)
