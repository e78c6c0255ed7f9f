"""The money of an order: the voucher's ledger and the provider's allowance move together (V2, P7, O6).

Every function takes an order whose voucher is locked, and changes the order's amounts in memory; ``move_state`` or
the caller saves them together with the state, because a constraint ties the two.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import F

from foundation.money import ZERO, yuan
from orders.models import Order, ProviderAllowance
from orders.policies import ordering
from vouchers.operations.ledger import move
from vouchers.operations.reclaiming import reclaim_free_when_over
from vouchers.states import EntryKind


def lock_allowance(order: Order) -> ProviderAllowance:
    """The provider's allowance in the order's programme, locked, made on first use, with the programme's cap (P7)."""
    programme = order.voucher.batch.programme
    rows = ProviderAllowance.objects.filter(provider_id=order.provider_id, programme=programme)
    row = rows.select_for_update().first()
    if row is None:
        ProviderAllowance.objects.get_or_create(
            provider_id=order.provider_id,
            programme=programme,
            defaults={"cap": programme.acceptance_cap},
        )
        row = rows.select_for_update().get()
    if row.cap < programme.acceptance_cap:
        # The programme's cap was raised since; it is never lowered.
        row.cap = programme.acceptance_cap
        row.save(update_fields=["cap"])
    return row


def reserve(order: Order, amount: Decimal, *, at: datetime, field: str) -> None:
    """Take ``amount`` yuan of the voucher's free balance and of what the provider can still accept (O1, P7)."""
    ordering.require_allowance(amount, left=lock_allowance(order).left, field=field)
    _count(order, reserved=amount)
    _move(order, EntryKind.RESERVE, amount, at)


def release(order: Order, *, at: datetime) -> Decimal:
    """Give back the whole reserve: to the free balance while the usage window is open, else to reclaimed (O6)."""
    amount, order.reserved = order.reserved, ZERO
    _count(order, reserved=-amount)
    _move(order, EntryKind.RELEASE, amount, at)
    reclaim_free_when_over(order.voucher, at=at, reference=order.reference)
    return amount


def pay(order: Order, amount: Decimal, *, at: datetime) -> Decimal:
    """Pay ``amount`` yuan: top up the reserve if it is short, release what is over at once; the rest released (O5, O6)."""
    if amount > order.reserved:
        reserve(order, amount - order.reserved, at=at, field="amount")
        order.reserved = amount
    order.reserved -= amount
    order.paid += amount
    _count(order, reserved=-amount, accepted=amount)
    _move(order, EntryKind.PAY, amount, at)
    return release(order, at=at)


def refund(order: Order, *, at: datetime) -> Decimal:
    """Put the paid amount back into the order's reserve (O8)."""
    amount, order.paid = order.paid, ZERO
    order.reserved += amount
    _count(order, reserved=amount, accepted=-amount)
    _move(order, EntryKind.REFUND, amount, at)
    return amount


def settle(order: Order, *, at: datetime) -> Decimal:
    """The paid amount has been paid out to the provider; it stays counted against its cap (R5, P7)."""
    amount, order.paid = order.paid, ZERO
    order.settled += amount
    _move(order, EntryKind.SETTLE, amount, at)
    return amount


def disallow(order: Order, *, at: datetime) -> Decimal:
    """The paid amount is not paid out; it was not received, so it no longer counts against the cap (R7, P7)."""
    amount, order.paid = order.paid, ZERO
    order.disallowed += amount
    _count(order, accepted=-amount)
    _move(order, EntryKind.DISALLOW, amount, at)
    return amount


def _move(order: Order, kind: EntryKind, amount: Decimal, at: datetime) -> None:
    move(order.voucher, kind, amount, at=at, reference=order.reference, provider=order.provider)


def _count(order: Order, *, reserved: Decimal = ZERO, accepted: Decimal = ZERO) -> None:
    """Move the allowance's counters; the database refuses to pass the cap or to go below zero (P7)."""
    ProviderAllowance.objects.filter(
        provider_id=order.provider_id, programme_id=order.voucher.batch.programme_id
    ).update(reserved=F("reserved") + yuan(reserved), accepted=F("accepted") + yuan(accepted))
