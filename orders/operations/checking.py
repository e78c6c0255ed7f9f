"""The check that every step of an order shares: still in time."""

from __future__ import annotations

from datetime import datetime

from orders.models import Order
from orders.policies import ordering
from orders.queries import deadline_reason, order_deadline


def require_alive(order: Order, *, at: datetime) -> None:
    """Raises OrderLapsed when the clock has ended the order, whether or not the job has run (V4, V5)."""
    why, rule = deadline_reason(order)
    ordering.require_in_time(deadline=order_deadline(order), at=at, why=why, rule=rule)
