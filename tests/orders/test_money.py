"""Random walks: whatever is tried in whatever order, the books balance and the caps hold (V2, P7, O6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.accounts.models import Role
from foundation.money import ZERO
from orders.models import Order, PaymentReturn
from orders.operations.cancelling import agree_cancellation, ask_cancellation, cancel_order
from orders.operations.placing import decline_order
from orders.operations.returning import ask_payment_return, grant_payment_return
from orders.reconciliation import breaks
from orders.tasks import lapse_due_orders
from tests import build
from tests.orders import build as orders
from vouchers.operations.reclaiming import return_voucher
from vouchers.tasks import reclaim_unused

pytestmark = pytest.mark.django_db

# The next step on the way to settlement, so that a walk gets somewhere before it is disturbed.
ONWARD = {
    "placed": "confirm",
    "confirmed": "upload",
    "contract_submitted": "agree",
    "contract_returned": "upload",
    "contracted": "pay",
    "paid": "accept",
    "payment_correction": "correct",
    "accepted": "claim",
    "claimed": "settle",
}
MOVES = (
    *("onward",) * 30,
    *("place",) * 4,
    *("return_payment",) * 4,
    "confirm",
    "decline",
    "cancel",
    "upload",
    "send_back",
    "agree",
    "cancel_together",
    "pay",
    "ask_correction",
    "correct",
    "accept",
    "return_payment",
    "claim",
    "unclaim",
    "settle",
    "disallow",
    "give_back",
    "sweep",
)
# Days that pass before a step: mostly none, so that a walk gets somewhere in the window.
DAYS = (0,) * 70 + (1, 3, 20, 60)
STEPS = 70


class Walk:
    """One voucher, one provider with a tight cap, up to three orders, and a clock that only goes forward."""

    def __init__(self) -> None:
        self.scene = orders.scene(amount=12000, provider_cap=Decimal(9000))
        self.contractor = build.actor(build.account(Role.CONTRACTOR))
        self.at = orders.PLACED
        self.orders: list[Order] = []

    def attempt(self, which: int, move: str, amount: int, days: int) -> None:
        self.at += timedelta(days=days, minutes=1)
        if move not in {"place", "sweep", "give_back"}:
            if not self.orders:
                return
            self.scene.order = self.orders[which % len(self.orders)]
        orders.refused(getattr(self, f"_{move}", None) or self._scene(move), amount)

    def _scene(self, move: str):
        return lambda amount: getattr(self.scene, move)(at=self.at)

    def _onward(self, amount: int) -> None:
        move = ONWARD.get(Order.objects.get(pk=self.scene.order.pk).state)
        if move:
            (getattr(self, f"_{move}", None) or self._scene(move))(amount)

    def _place(self, amount: int) -> None:
        if len(self.orders) < 3:
            self.orders.append(self.scene.place(amount, at=self.at))

    def _upload(self, amount: int) -> None:
        # Mostly enough for what was expected.
        total = 2 * max(Decimal(amount), self.scene.order.expected_amount)
        self.scene.upload(at=self.at, total=total, supported=total)

    def _papers(self, amount: int) -> dict:
        day = min(self.at.date(), date(2020, 11, 30))
        invoiced = Decimal(2 * amount) + Decimal("0.01")
        return {
            "invoices": [self.scene.invoice(invoiced, issued_on=day)],
            "transfers": [self.scene.transfer(invoiced, paid_on=day)],
        }

    def _pay(self, amount: int) -> None:
        # Sometimes the expected amount itself, else a random one that may top up or leave something over.
        wanted = self.scene.order.expected_amount if amount % 2 else Decimal(amount)
        self.scene.pay(wanted, at=self.at, **self._papers(int(wanted)))

    def _correct(self, amount: int) -> None:
        paid = Order.objects.get(pk=self.scene.order.pk).paid
        self.scene.correct(at=self.at, **self._papers(max(amount, int(paid))))

    def _decline(self, amount: int) -> None:
        decline_order(by=self.scene.seller, at=self.at, order=self.scene.order, reason="原因")

    def _cancel(self, amount: int) -> None:
        cancel_order(by=self.scene.buyer, at=self.at, order=self.scene.order, reason="原因")

    def _cancel_together(self, amount: int) -> None:
        ask_cancellation(by=self.scene.buyer, at=self.at, order=self.scene.order, reason="原因")
        agree_cancellation(by=self.scene.seller, at=self.at, order=self.scene.order)

    def _return_payment(self, amount: int) -> None:
        ask_payment_return(by=self.scene.seller, at=self.at, order=self.scene.order, reason="原因")
        grant_payment_return(
            by=self.contractor, at=self.at, payment_return=PaymentReturn.objects.latest("pk")
        )

    def _give_back(self, amount: int) -> None:
        return_voucher(
            by=self.scene.buyer, at=self.at, voucher=self.scene.voucher, amount=Decimal(amount)
        )

    def _sweep(self, amount: int) -> None:
        lapse_due_orders(self.at)
        reclaim_unused(self.at)


@pytest.mark.rule("V2", "P7", "O6")
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(seed=st.integers(0, 2**32))
def test_the_books_balance_whatever_is_tried(seed):
    from django.db import transaction

    with transaction.atomic():
        walk = Walk()
        # One seed is a whole walk: drawn step by step, walks would mostly be short or stand still.
        chance = Random(seed)
        for step in range(STEPS):
            walk.attempt(
                chance.randrange(3),
                chance.choice(MOVES),
                chance.randint(1, 5000),
                chance.choice(DAYS),
            )
            if step % 10 == 9:
                assert not list(breaks())
        if walk.orders:
            walk.scene.order = walk.orders[0]
            orders.assert_books_balance(walk.scene)
            allowance = walk.scene.allowance()
            assert ZERO <= allowance.reserved + allowance.accepted <= 9000
        # At the end of time nothing is left hanging but what was paid.
        end = orders.EXPIRES + timedelta(days=1)
        lapse_due_orders(end)
        reclaim_unused(end)
        if walk.orders:
            orders.assert_books_balance(walk.scene)
            assert (walk.scene.voucher.free, walk.scene.voucher.reserved) == (0, 0)
            assert not walk.scene.allowance().reserved
        transaction.set_rollback(True)
