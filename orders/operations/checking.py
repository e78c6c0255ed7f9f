"""The checks that every step of an order shares: still in time, and no sanction in force."""

from __future__ import annotations

from datetime import datetime

from orders.models import Order
from orders.policies import ordering
from orders.queries import deadline_reason, order_deadline, sanctioned_sides


def require_alive(order: Order, *, at: datetime) -> None:
    """Raises OrderLapsed when the clock has ended the order, whether or not the job has run (V4, V5)."""
    why, rule = deadline_reason(order)
    ordering.require_in_time(deadline=order_deadline(order), at=at, why=why, rule=rule)


def require_no_sanction(order: Order, *, at: datetime) -> None:
    """Raises UnderSanction when either side is under a sanction in the programme's city (S1)."""
    enterprise, provider = sanctioned_sides(order, at)
    ordering.require_no_sanction(enterprise=enterprise, provider=provider)
