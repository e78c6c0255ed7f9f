"""Races over claims, on real parallel connections, each with its control without the lock."""

from __future__ import annotations

import pytest

from foundation.errors import Refusal
from orders.models import Order
from redemption.models import Claim, ClaimLine, Objection, Settlement
from redemption.operations.objecting import file_objection
from redemption.operations.preparing import prepare_claim
from redemption.operations.settling import record_settlement
from redemption.reconciliation import breaks
from redemption.states import LineState
from tests import scans
from tests.concurrency.race import overtake, race, succeeded
from tests.orders.build import assert_books_balance
from tests.redemption import build as b

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def unlocked_claim(pk: int) -> Claim:
    """``lock_claim`` with its lock taken away."""
    return Claim.objects.select_related("programme__city", "provider", "publicity__programme").get(
        pk=pk
    )


def settle(made: b.World, number: str):
    return lambda: record_settlement(
        by=made.reviewer,
        at=b.SETTLED,
        claim=made.claim,
        line_pks=[made.line().pk],
        paid_on=b.PAID_ON,
        receipt_number=number,
        receipt_file=scans.sent(),
    )


@pytest.mark.rule("R1")
def test_one_order_taken_into_two_claims_at_once_is_in_one():
    made = b.world(2)
    calls = [
        lambda pks=pks: prepare_claim(
            by=made.seller, at=b.PREPARED, programme=made.programme, order_pks=pks
        )
        for pks in ([made.orders[0].pk], [order.pk for order in made.orders])
    ]
    results = race(*calls, meet_at="redemption.operations.preparing.take_into_claim")
    assert len(succeeded(results)) == 1
    assert sum(isinstance(result, Refusal) for result in results) == 1
    lines = ClaimLine.objects.exclude(state=LineState.GIVEN_UP)
    assert lines.filter(order=made.orders[0]).count() == 1
    assert Order.objects.filter(state="claimed").count() == lines.count()
    assert_books_balance(made.scene)


@pytest.mark.rule("R5")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_line_paid_twice_at_once_is_paid_once(locked):
    made = b.at_step("publish")
    results = race(
        settle(made, "BF1"),
        settle(made, "BF2"),
        meet_at="redemption.operations.settling.lock_vouchers",
        without={} if locked else {"redemption.operations.settling.lock_claim": unlocked_claim},
    )
    # Even without the claim's lock the order's state machine lets only one through.
    assert len(succeeded(results)) == 1
    assert Settlement.objects.count() == 1
    assert list(breaks()) == []
    if locked:
        assert sum(isinstance(result, Refusal) for result in results) == 1


@pytest.mark.rule("R4")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_a_line_is_not_paid_past_an_objection_that_came_in_meanwhile(locked):
    """The objection has been filed but not committed when the payment looks for open ones."""
    made = b.at_step("publish")

    def objects():
        return file_objection(
            by=b.PUBLIC,
            at=b.ENDS,
            line=made.line(),
            name="某人",
            contact="010-12345678",
            statement="有异议",
        )

    without = {}
    if not locked:
        without = {
            "redemption.operations.settling.lock_claim": unlocked_claim,
            "redemption.operations.moving.lock_claim": unlocked_claim,
        }
    objection, payment = overtake(
        objects,
        settle(made, "BF1"),
        pause_at="redemption.operations.objecting.bureau_accounts_of",
        without=without,
    )
    assert isinstance(objection, Objection)
    if locked:
        assert isinstance(payment, Refusal)
        assert not Settlement.objects.exists()
    else:
        assert isinstance(payment, Settlement)
