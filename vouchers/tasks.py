"""Sweepers: find what is due, do each in its own transaction. Running one twice, late or twice at once is harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from foundation.accounts.actors import job
from foundation.agenda import REMINDER_DAYS
from foundation.moments import local_day
from foundation.money import ZERO
from vouchers.models import Batch
from vouchers.operations.announcing import remind_unused
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import IN_FLIGHT, reclaim_batch
from vouchers.operations.waiting import grant_from_waiting_list
from vouchers.states import BatchState

log = logging.getLogger(__name__)


def _each(pks: Iterable[int], sweep: Callable[[int], bool]) -> int:
    """Sweep each batch; for how many there was something to do.

    One that fails does not hold up the other cities' batches; its error is raised when all have had their turn.
    """
    done = 0
    failed: Exception | None = None
    for pk in list(pks):
        try:
            done += sweep(pk)
        except Exception as error:
            log.exception("batch %s failed", pk)
            failed = failed or error
    if failed is not None:
        raise failed
    return done


def rank_closed_batches(at: datetime) -> int:
    """Rank every batch that has closed (B6); how many."""
    closed = Batch.objects.filter(state=BatchState.ANNOUNCED, closes_at__lt=at).values_list(
        "pk", flat=True
    )
    by = job("rank_closed_batches")
    return _each(closed, lambda pk: rank_batch(by=by, at=at, batch_pk=pk))


def publish_due_results(at: datetime) -> int:
    """Publish every ranked batch whose moment has come (B7); how many."""
    ranked = Batch.objects.filter(state=BatchState.RANKED).values_list("pk", flat=True)
    by = job("publish_due_results")
    return _each(ranked, lambda pk: publish_results(by=by, at=at, batch_pk=pk))


def reclaim_unused(at: datetime) -> int:
    """Take back free balances after the usage window, and what is left at expiry (V4, V5); how many batches.

    An order or a return that arrived in time may still wait for a worker or a lock, so a balance is left alone for as
    long as a request can live; until then every operation already treats it as not usable.
    """
    ended = at - IN_FLIGHT
    published = Batch.objects.filter(
        state=BatchState.PUBLISHED, expiry_swept_at=None
    ).select_related("programme")
    due = [
        batch.pk
        for batch in published
        if ended > batch.usage_ends_at
        and (batch.window_swept_at is None or ended > batch.expires_at)
    ]
    by = job("reclaim_unused")
    return _each(due, lambda pk: reclaim_batch(by=by, at=at, batch_pk=pk) > ZERO)


def grant_waiting(at: datetime) -> int:
    """Grant returned money to those in line, where switched on (B9); how many batches."""
    waiting = Batch.objects.filter(
        state=BatchState.PUBLISHED, programme__waiting_list=True, window_swept_at=None
    )
    by = job("grant_waiting")
    pks = waiting.values_list("pk", flat=True)
    return _each(pks, lambda pk: grant_from_waiting_list(by=by, at=at, batch_pk=pk))


def remind_holders(at: datetime) -> int:
    """Remind holders of unused balance 7, 3 and 1 days before the usage window ends (V7); how many messages."""
    today = local_day(at)
    sent = 0
    published = Batch.objects.filter(state=BatchState.PUBLISHED, window_swept_at=None)
    for batch in published.select_related("programme__city"):
        days_left = (local_day(batch.usage_ends_at) - today).days
        # The tightest mark passed, so that a day without a run does not swallow a reminder.
        marks = [days for days in REMINDER_DAYS if 0 <= days_left <= days]
        if marks:
            sent += remind_unused(batch, days=min(marks), at=at)
    return sent
