"""Cancelling: the enterprise alone before the contract is confirmed, both sides together after it (O2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from orders import permissions
from orders.models import Order, Party
from orders.operations.checking import require_alive
from orders.operations.locking import lock_order
from orders.operations.moving import require_move
from orders.operations.placing import end_order
from orders.operations.telling import other_side, tell
from orders.policies import ordering


def cancel_order(*, by: Actor, at: datetime, order: Order, reason: str) -> Order:
    """The enterprise gives the order up before its contract is confirmed; the reserve is released (O2)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "cancel")
        require_alive(locked, at=at)
        ordering.require_reason(reason, what="取消的原因")
        end_order(locked, "cancel", by=by, at=at, action="cancel_order", reason=reason)
        tell(locked, "order_cancelled", Party.PROVIDER, at=at, reason=reason)
        return locked


def ask_cancellation(*, by: Actor, at: datetime, order: Order, reason: str) -> Order:
    """One side asks the other to cancel a contracted order (O2); nothing moves until the other agrees."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        side = permissions.require_step(locked, by, "ask_cancellation")
        require_alive(locked, at=at)
        require_move(locked, "cancel_together")
        ordering.require_cancellation_not_asked(asked_by=locked.cancellation_asked_by, asking=side)
        ordering.require_reason(reason, what="取消的原因")
        locked.cancellation_asked_by, locked.cancellation_reason = side, reason[:300]
        locked.save(update_fields=["cancellation_asked_by", "cancellation_reason"])
        record(at=at, by=by, action="ask_cancellation", subject=locked, reason=reason)
        tell(locked, "cancellation_asked", other_side(side), at=at, side=side.label, reason=reason)
        return locked


def withdraw_cancellation(*, by: Actor, at: datetime, order: Order) -> Order:
    """The side that asked to cancel takes it back (O2)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        side = permissions.require_step(locked, by, "withdraw_cancellation")
        require_alive(locked, at=at)
        require_move(locked, "cancel_together")
        ordering.require_own_cancellation(asked_by=locked.cancellation_asked_by, withdrawing=side)
        locked.cancellation_asked_by = locked.cancellation_reason = ""
        locked.save(update_fields=["cancellation_asked_by", "cancellation_reason"])
        record(at=at, by=by, action="withdraw_cancellation", subject=locked)
        tell(locked, "cancellation_withdrawn", other_side(side), at=at, side=side.label)
        return locked


def agree_cancellation(*, by: Actor, at: datetime, order: Order) -> Order:
    """The other side agrees, and the contracted order ends; its reserve is released (O2)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        side = permissions.require_step(locked, by, "agree_cancellation")
        require_alive(locked, at=at)
        require_move(locked, "cancel_together")
        ordering.require_cancellation_asked(asked_by=locked.cancellation_asked_by, agreeing=side)
        reason = locked.cancellation_reason
        end_order(
            locked, "cancel_together", by=by, at=at, action="agree_cancellation", reason=reason
        )
        tell(locked, "order_cancelled", other_side(side), at=at, reason=reason)
        return locked
