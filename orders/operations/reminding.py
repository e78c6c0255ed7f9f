"""Reminders of an order's deadlines and of what waits on a side, each once (V7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from foundation.moments import spoken
from foundation.notices.models import Message
from orders.models import Order, Party
from orders.operations.telling import account_of, tell
from orders.queries import deadline_reason, whose_turn


@dataclass(frozen=True)
class Reminder:
    """One reminder that is due for an order. ``event`` names its words; ``days`` is the mark passed: 7, 3 or 1."""

    order: Order
    event: str
    parties: tuple[Party, ...]
    deadline: datetime
    days: int

    @property
    def key(self) -> str:
        """Makes it unique per order, deadline and mark; a deadline that moved is reminded of anew."""
        return f"{self.event}:{self.order.pk}:{self.deadline:%Y%m%d}:{self.days}"


def send_reminders(*, at: datetime, reminders: Sequence[Reminder]) -> int:
    """Post what was not posted before, in one transaction; how many messages (V7)."""
    wanted = {
        f"{reminder.key}:{account_of(reminder.order, party)}": (reminder, party)
        for reminder in reminders
        for party in reminder.parties
    }
    with transaction.atomic():
        sent = set(Message.objects.filter(key__in=wanted).values_list("key", flat=True))
        for key, (reminder, party) in wanted.items():
            if key in sent:
                continue
            tell(
                reminder.order,
                reminder.event,
                party,
                at=at,
                key=reminder.key,
                deadline=spoken(reminder.deadline),
                days=reminder.days,
                what=whose_turn(reminder.order).what,
                why=deadline_reason(reminder.order)[0] or "服务券到期",
            )
    return len(wanted.keys() - sent)
