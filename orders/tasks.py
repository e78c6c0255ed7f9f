"""Sweepers: find what is due, do each in its own short transaction. Doubled, late or lost runs change nothing."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from foundation.accounts.actors import job
from foundation.agenda import REMINDER_DAYS
from foundation.errors import Refusal
from foundation.moments import local_day
from foundation.notices.models import Message
from orders.deadlines import LAPSES_WITH, USAGE_WINDOW, VALIDITY, WAITS, end_of
from orders.models import Order, Party
from orders.operations.lapsing import lapse_order
from orders.operations.reminding import Reminder, remind_of_paid, send_reminders
from orders.queries import LIVE_STATES, correction_deadline
from orders.states import OrderState
from vouchers.models import Batch
from vouchers.operations.reclaiming import IN_FLIGHT

logger = logging.getLogger(__name__)

WAITING_DAYS = 3
CHUNK = 200

S = OrderState


def lapse_due_orders(at: datetime) -> int:
    """Lapse every order whose deadline has passed (V4, V5); how many.

    An upload or payment that arrived in time may still wait for a lock, so a deadline is left alone for as long as a
    request can live; until then every operation already treats the order as lapsed.
    """
    by, lapsed = job("lapse_due_orders"), 0
    for pk in list(_overdue(at - IN_FLIGHT)):
        try:
            lapsed += lapse_order(at=at, by=by, order_pk=pk)
        except Refusal as refusal:
            logger.warning("order %s cannot lapse yet: %s", pk, refusal.sentence)
    return lapsed


def _overdue(before: datetime) -> Iterator[int]:
    """Orders whose deadline lies before a moment; only sent-back contracts need to be looked at one by one."""
    for batch in _batches_with(LIVE_STATES):
        if batch.usage_ends_at >= before:
            continue
        live = Order.objects.filter(voucher__batch=batch, state__in=LIVE_STATES)
        if batch.expires_at < before:
            yield from live.order_by("pk").values_list("pk", flat=True)
            continue
        yield from (
            live.filter(state__in=(S.PLACED, S.CONFIRMED))
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        for order, deadline in _sent_back(batch):
            if deadline < before:
                yield order.pk


def remind(at: datetime) -> int:
    """Remind both sides 7, 3 and 1 days before an order's deadline, and a side that keeps an order waiting 3 days
    before the voucher's, and weekly of payments that wait (V7); how many messages."""
    sent, reminders = 0, _reminders(at)
    while chunk := list(islice(reminders, CHUNK)):
        sent += send_reminders(at=at, reminders=chunk)
    return sent + remind_of_paid(at=at)


BOTH = (Party.ENTERPRISE, Party.PROVIDER)


def _reminders(at: datetime) -> Iterator[Reminder]:
    for batch in _batches_with((*LIVE_STATES, *(wait.state for wait in WAITS))):
        for end in (USAGE_WINDOW, VALIDITY):
            states = [state for state, lapses_with in LAPSES_WITH.items() if lapses_with == end]
            yield from _due(batch, "order_deadline", BOTH, end_of(batch, end), at, *states)
        for wait in WAITS:
            ends_at = end_of(batch, wait.end)
            yield from _due(batch, "order_waiting", (wait.party,), ends_at, at, wait.state)
        for order, deadline in _sent_back(batch):
            if mark := _mark(deadline, at):
                yield Reminder(order, "order_deadline", BOTH, deadline, mark)


def _due(
    batch: Batch,
    event: str,
    parties: tuple[Party, ...],
    deadline: datetime,
    at: datetime,
    *states: str,
) -> Iterator[Reminder]:
    """The reminders of one kind that a batch's orders have not had yet."""
    mark = _mark(deadline, at)
    if event == "order_waiting":
        mark = WAITING_DAYS if mark in {WAITING_DAYS, 1} else 0
    if not mark:
        return
    account = (
        "enterprise__account_id" if parties[-1] == Party.ENTERPRISE else "provider__account_id"
    )
    orders = _with_batch(Order.objects.filter(voucher__batch=batch, state__in=states)).annotate(
        reminder_key=Concat(
            Value(f"{event}:"),
            Cast("pk", CharField()),
            Value(f":{deadline:%Y%m%d}:{mark}:"),
            Cast(account, CharField()),
        )
    )
    told = Message.objects.filter(key=OuterRef("reminder_key"))
    for order in orders.exclude(Exists(told)).iterator(chunk_size=CHUNK):
        yield Reminder(order, event, parties, deadline, mark)


def _mark(deadline: datetime, at: datetime) -> int:
    """The tightest mark passed, 0 for none: a day without a run does not swallow a reminder."""
    if at > deadline:
        return 0
    days_left = (local_day(deadline) - local_day(at)).days
    return min((days for days in REMINDER_DAYS if days_left <= days), default=0)


def _batches_with(states: Iterable[str]) -> list[Batch]:
    """The batches that have orders in one of the states."""
    busy = Order.objects.filter(state__in=states).order_by().values("voucher__batch")
    return list(Batch.objects.filter(pk__in=busy).select_related("programme").order_by("pk"))


def _sent_back(batch: Batch) -> Iterator[tuple[Order, datetime]]:
    """Orders with a sent-back contract, each with its deadline; one whose calendar is not loaded is left out (B7)."""
    for order in _with_batch(Order.objects.filter(voucher__batch=batch, state=S.CONTRACT_RETURNED)):
        try:
            yield order, correction_deadline(order)
        except Refusal as refusal:
            logger.warning("order %s has no deadline yet: %s", order.pk, refusal.sentence)


def _with_batch(orders: QuerySet[Order]) -> QuerySet[Order]:
    return orders.select_related(
        "voucher__batch__programme", "enterprise", "provider", "profile", "product_version"
    ).order_by("pk")
