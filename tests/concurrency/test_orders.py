"""Races over orders, payments and claims, on real parallel connections, each with its control."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from foundation.accounts.models import Role
from foundation.errors import Refusal
from orders.models import Invoice, Order, PaymentReturn
from orders.operations import cancelling, lapsing, paying, placing, returning
from orders.policies.papers import UsedBefore
from orders.states import OrderState
from redemption.models import ClaimLine
from redemption.operations.preparing import prepare_claim
from tests import build
from tests.concurrency.race import overtake, race, succeeded
from tests.orders import build as orders
from voucher_portal.reconciliation import all_breaks
from vouchers.models import LedgerEntry, Voucher
from vouchers.operations.reclaiming import return_voucher
from vouchers.states import EntryKind

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
both = pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])


def breaks() -> list[str]:
    return [str(found) for found in all_breaks()]


def placing_for(scene, amount, voucher=None, enterprise=None):
    by = build.actor((enterprise or scene.enterprise).account)
    return lambda: placing.place_order(
        by=by,
        at=orders.PLACED,
        voucher=voucher or scene.voucher,
        version=scene.version,
        price_tier=None,
        expected_amount=Decimal(amount),
    )


@pytest.mark.rule("O1", "V2")
@both
def test_free_balance_of_a_voucher_under_two_orders(locked):
    scene = orders.scene(20000)
    results = race(
        placing_for(scene, 15000),
        placing_for(scene, 15000),
        meet_at="orders.operations.holding.reserve",
        locks=locked,
    )
    if locked:
        assert len(succeeded(results)) == 1
        assert sum(isinstance(result, Refusal) for result in results) == 1
        assert Voucher.objects.get().reserved == 15000
        assert not breaks()
    else:
        assert len(succeeded(results)) == 2 and breaks(), "both took the same money"


@pytest.mark.rule("O1", "V3")
@both
def test_an_order_against_a_voluntary_return(locked):
    scene = orders.scene(20000)
    results = overtake(
        placing_for(scene, 15000),
        lambda: return_voucher(
            by=scene.buyer, at=orders.PLACED, voucher=scene.voucher, amount=Decimal(15000)
        ),
        pause_at="orders.operations.holding.move",
        locks=locked,
    )
    if locked:
        assert len(succeeded(results)) == 1
    else:
        assert len(succeeded(results)) == 2 or any(
            isinstance(result, Exception) and not isinstance(result, Refusal) for result in results
        )
    if locked:
        assert not breaks()


@pytest.mark.rule("P7")
@both
def test_provider_cap(locked):
    scene = orders.scene(20000, provider_cap=Decimal(20000))
    other = build.enterprise()
    voucher = build.voucher(other, 20000, build.batch(scene.programme))
    placing.place_order(
        by=scene.buyer,
        at=orders.PLACED,
        voucher=scene.voucher,
        version=scene.version,
        price_tier=None,
        expected_amount=Decimal(100),
    )
    results = race(
        placing_for(scene, 15000),
        placing_for(scene, 15000, voucher, other),
        meet_at="orders.operations.holding._count",
        locks=locked,
    )
    assert len(succeeded(results)) == 1
    kinds = [type(result) for result in results if isinstance(result, Exception)]
    if locked:
        assert issubclass(kinds[0], Refusal), "the policy saw the other's reserve"
    else:
        assert not issubclass(kinds[0], Refusal), (
            "only the database's CHECK is left to hold the cap"
        )
    assert scene.allowance().reserved == 15100
    assert not breaks()


@pytest.mark.rule("O5")
@pytest.mark.parametrize("indexed", [True, False], ids=["indexed", "control"])
def test_one_invoice_on_two_orders(indexed):
    """Orders of different vouchers share no row lock: the unique index is what holds."""
    one = orders.at_step("agree")
    batch = build.batch(one.programme)
    voucher = build.voucher(build.enterprise(name=one.enterprise.name), 20000, batch)
    two = orders.Scene(one.programme, batch, voucher.enterprise, one.provider, one.version, voucher)
    for step in ("place", "confirm", "upload", "agree"):
        getattr(two, step)()
    number = one.invoice().number

    def pay(scene):
        order, transfer, invoice = scene.order, scene.transfer(), scene.invoice(number=number)
        return lambda: paying.submit_payment(
            by=scene.buyer,
            at=orders.PAID,
            order=order,
            amount=Decimal(5000),
            invoices=[invoice],
            transfers=[transfer],
            stars=5,
            comment="好",
        )

    index = "CREATE UNIQUE INDEX orders_invoice_used_once ON orders_invoice (key) WHERE superseded_at IS NULL"
    if not indexed:
        run("DROP INDEX orders_invoice_used_once")
    try:
        results = race(pay(one), pay(two), meet_at="orders.operations.paying.keep_papers")
        used = Invoice.objects.filter(superseded_at=None).count()
    finally:
        if not indexed:
            run("UPDATE orders_invoice SET superseded_at = now()")
            run(index)
    if indexed:
        assert (len(succeeded(results)), used) == (1, 1)
        assert sum(isinstance(result, UsedBefore) for result in results) == 1
        assert not breaks()
    else:
        assert (len(succeeded(results)), used) == (2, 2), results


def run(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.rule("R1")
@both
def test_one_order_in_two_claims(locked):
    scene = orders.at_step("accept")

    def claim():
        return prepare_claim(
            by=scene.seller,
            at=orders.ACCEPTED,
            programme=scene.programme,
            order_pks=[scene.order.pk],
        )

    results = race(claim, claim, meet_at="orders.operations.claiming.move_state", locks=locked)
    assert len(succeeded(results)) == 1
    refused = [result for result in results if isinstance(result, Exception)]
    assert isinstance(refused[0], Refusal)
    if not locked:
        assert "已在另一份兑现申请中" in str(refused[0]), "the unique index spoke, not the policy"
    assert ClaimLine.objects.count() == 1
    assert not breaks()


@pytest.mark.rule("O2", "V4", "O6")
@both
def test_release_by_three_parties_at_once(locked):
    scene = orders.at_step("place")
    late = orders.WINDOW_ENDS + timedelta(seconds=1)
    results = race(
        lambda: cancelling.cancel_order(
            by=scene.buyer, at=orders.WINDOW_ENDS, order=scene.order, reason="不需要了"
        ),
        lambda: placing.decline_order(
            by=scene.seller, at=orders.WINDOW_ENDS, order=scene.order, reason="排期已满"
        ),
        lambda: lapsing.lapse_order(at=late, by=build.JOB, order_pk=scene.order.pk),
        meet_at="orders.operations.holding.release",
        locks=locked,
    )
    released = LedgerEntry.objects.filter(kind=EntryKind.RELEASE).count()
    if locked:
        assert len(succeeded(results)) == 1
        assert released == 1
        assert Order.objects.get().reserved == 0
        assert not breaks()
    else:
        assert released != 1 or any(
            isinstance(result, Exception) and not isinstance(result, Refusal) for result in results
        ), "the test sees the race when the locks are away"


@pytest.mark.rule("O7", "O8")
@both
def test_accept_against_return_of_a_payment(locked):
    scene = orders.at_step("pay")
    request = returning.ask_payment_return(
        by=scene.seller, at=orders.PAID, order=scene.order, reason="金额有误"
    )
    contractor = build.actor(build.account(Role.CONTRACTOR))
    results = overtake(
        lambda: paying.accept_payment(by=scene.seller, at=orders.ACCEPTED, order=scene.order),
        lambda: returning.grant_payment_return(
            by=contractor,
            at=orders.ACCEPTED,
            payment_return=PaymentReturn.objects.get(pk=request.pk),
            reason="同意",
        ),
        pause_at="orders.operations.paying.move_state",
        locks=locked,
    )
    order = scene.fresh()
    if locked:
        assert len(succeeded(results)) == 2, "accepted first, then returned"
        assert (order.state, order.paid) == (OrderState.CONTRACTED, 0)
        assert not breaks()
    else:
        assert (order.state, order.paid) == (OrderState.ACCEPTED, 0), "accepted what was gone"
