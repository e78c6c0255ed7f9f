"""Ending a payment that its parties left lying after the voucher expired (V5, V6; ADR 0021)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor, require_not_party
from foundation.money import spoken_money
from orders import permissions
from orders.models import Order, Party
from orders.operations import holding
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.paying import live_payment
from orders.operations.telling import tell
from orders.policies import ordering
from orders.policies import payments as policy
from orders.queries import (
    enterprise_identity_keys,
    payment_endable_after,
    provider_identity_keys,
)


def end_payment(*, by: Actor, at: datetime, order: Order, reason: str) -> Order:
    """The contractor ends a payment that was neither accepted nor corrected; the system reclaims its money.

    Raises UnableToEndPayment while a side still has time, IllegalMove for an order that is not waiting for
    acceptance or correction, CalendarUnknown (B7).
    """
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_contractor_of(locked, by)
        require_not_party(
            by, *enterprise_identity_keys(locked.profile), *provider_identity_keys(locked.provider)
        )
        require_move(locked, "end_payment")
        policy.require_left_lying(endable_after=payment_endable_after(locked), at=at)
        ordering.require_reason(reason, what="结束支付的原因")
        payment = live_payment(locked)
        amount = holding.refund(locked, at=at)
        holding.release(locked, at=at)
        move_state(
            payment, "refund", by=by, at=at, action="end_payment", reason=reason, returned_at=at
        )
        move_state(
            locked,
            "end_payment",
            by=by,
            at=at,
            action="end_payment",
            reason=reason,
            details={"payment": payment.pk, "amount": str(amount)},
            reserved=locked.reserved,
            paid=locked.paid,
            paid_at=None,
            ended_at=at,
            end_reason=reason[:300],
        )
        tell(
            locked,
            "payment_ended",
            Party.ENTERPRISE,
            Party.PROVIDER,
            at=at,
            amount=spoken_money(amount),
            reason=reason,
        )
        return locked
