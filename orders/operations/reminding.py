"""Reminders of an order's deadlines and of what waits on a side, each once (V7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Min

from foundation.moments import local_day, spoken, spoken_day
from foundation.notices.models import Message
from foundation.notices.operations import post_message
from orders.models import Order, Party
from orders.operations.telling import account_of, tell
from orders.queries import deadline_reason, waits_for, whose_turn
from orders.states import OrderState

WEEK = timedelta(days=7)


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


# Whom a paid order waits for, by its state; these have no deadline of their own (O7).
_WAITING = {
    OrderState.PAID: "provider__account",
    OrderState.PAYMENT_CORRECTION: "enterprise__account",
}


def remind_of_paid(*, at: datetime) -> int:
    """Once a week, tell each side how many payments wait for it, from a week after the payment on (V7); how many.

    Also after expiry: what was paid in time can still be corrected and accepted (V5).
    """
    today, sent = local_day(at), 0
    monday = today - timedelta(days=today.weekday())
    for state, account in _WAITING.items():
        rows = list(
            Order.objects.filter(state=state, paid_at__lte=at - WEEK)
            .order_by(account)
            .values_list(account)
            .annotate(count=Count("pk"), since=Min("paid_at"))
        )
        key = f"orders_waiting:{state}:{monday:%Y%m%d}"
        told = set(
            Message.objects.filter(key__in=[f"{key}:{pk}" for pk, *_ in rows]).values_list(
                "recipient", flat=True
            )
        )
        for pk, count, since in rows:
            if pk not in told:
                post_message(
                    at=at,
                    to=pk,
                    event="orders_waiting",
                    params={
                        "count": count,
                        "what": waits_for(state),
                        "since": spoken_day(local_day(since)),
                    },
                    link="/orders/",
                    key=key,
                )
                sent += 1
    return sent
