"""The other side's telephone number, shown on request and recorded (F5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from orders import permissions
from orders.models import Order
from orders.operations.locking import lock_order
from orders.operations.telling import other_side
from orders.policies import ordering
from orders.queries.contacts import contact_of
from orders.queries.turns import ENDED_STATES, has_lapsed


@dataclass(frozen=True)
class Telephone:
    """A person and their number in clear, for one answer only."""

    name: str
    mobile: str


def reveal_contact(*, by: Actor, at: datetime, order: Order) -> Telephone:
    """The handler's or contact's mobile number of the other side of an order that is under way (F5).

    Each look is recorded. Raises OutOfReach for anyone but the two sides, ContactClosed for an order that has ended.
    """
    with transaction.atomic():
        locked = lock_order(order.pk)
        side = permissions.require_party(locked, by)
        ordering.require_under_way(ended=locked.state in ENDED_STATES or has_lapsed(locked, at))
        contact = contact_of(locked, other_side(side))
        record(at=at, by=by, action="reveal_contact", subject=locked)
        return Telephone(contact.name, contact.mobile)
