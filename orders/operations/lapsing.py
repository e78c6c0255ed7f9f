"""Ending orders whose time is over: the money goes back and is reclaimed (V4, V5, V6)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.errors import OutOfReach
from foundation.money import spoken_money
from orders.models import Party
from orders.operations.locking import lock_order
from orders.operations.placing import end_order
from orders.operations.telling import tell
from orders.queries import deadline_reason, order_deadline


def lapse_order(*, at: datetime, by: Actor, order_pk: int) -> bool:
    """End an order past its deadline, release its reserve and reclaim it; whether it lapsed now.

    Only a job calls it; anyone else gets OutOfReach. Due is decided again under the lock, so a run that is doubled,
    late, or overtaken by an upload or a payment changes nothing. Raises CalendarUnknown (B7).
    """
    if not by.job:
        raise OutOfReach("only jobs lapse orders")
    with transaction.atomic():
        order = lock_order(order_pk)
        deadline = order_deadline(order)
        if deadline is None or at <= deadline:
            return False
        why, _rule = deadline_reason(order)
        amount = order.reserved
        end_order(order, "lapse", by=by, at=at, action="lapse_order", reason=why)
        tell(
            order,
            "order_lapsed",
            Party.ENTERPRISE,
            Party.PROVIDER,
            at=at,
            why=why,
            amount=spoken_money(amount),
        )
        return True
