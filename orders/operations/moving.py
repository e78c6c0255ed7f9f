"""The one way an order's or a payment's state changes: by its table of legal moves, with an audit entry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from orders.models import Order, Payment, PaymentReturn
from orders.states import ORDER, PAYMENT, PAYMENT_RETURN

_MACHINES = {Order: ORDER, Payment: PAYMENT, PaymentReturn: PAYMENT_RETURN}


def require_move(subject: Order | Payment | PaymentReturn, verb: str) -> None:
    """Raises IllegalMove unless the locked subject may take ``verb`` from the state it is in."""
    _MACHINES[type(subject)].target(subject.state, verb)


def move_state(
    subject: Order | Payment | PaymentReturn,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    reason: str = "",
    details: dict[str, Any] | None = None,
    **changes: Any,
) -> None:
    """Take ``verb`` on a locked subject, save ``changes`` of its fields with it, and record it.

    Raises IllegalMove for a move the table does not have: a second click or a stale page.
    """
    before, target = subject.state, _MACHINES[type(subject)].target(subject.state, verb)
    subject.state = target
    for name, value in changes.items():
        setattr(subject, name, value)
    subject.save(update_fields=["state", *changes])
    record(
        at=at,
        by=by,
        action=action,
        subject=subject,
        from_state=before,
        to_state=target,
        reason=reason,
        details=details,
    )
