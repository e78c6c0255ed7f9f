"""Sweepers: find what is due, do each in its own transaction. Running one twice, late or twice at once is harmless."""

from __future__ import annotations

from datetime import datetime

from foundation.accounts.actors import job
from foundation.moments import local_day
from vouchers.models import Batch
from vouchers.operations.announcing import remind_unused
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import reclaim_batch
from vouchers.operations.waiting import grant_from_waiting_list
from vouchers.states import BatchState

REMINDER_DAYS = (7, 3, 1)


def rank_closed_batches(at: datetime) -> int:
    """Rank every batch that has closed (B6); how many."""
    closed = Batch.objects.filter(state=BatchState.ANNOUNCED, closes_at__lt=at).values_list(
        "pk", flat=True
    )
    return sum(rank_batch(by=job("rank_closed_batches"), at=at, batch_pk=pk) for pk in list(closed))


def publish_due_results(at: datetime) -> int:
    """Publish every ranked batch whose moment has come (B7); how many."""
    ranked = Batch.objects.filter(state=BatchState.RANKED).values_list("pk", flat=True)
    return sum(
        publish_results(by=job("publish_due_results"), at=at, batch_pk=pk) for pk in list(ranked)
    )


def reclaim_unused(at: datetime) -> int:
    """Take back free balances after the usage window, and what is left at expiry (V4, V5); how many batches."""
    published = Batch.objects.filter(
        state=BatchState.PUBLISHED, expiry_swept_at=None
    ).select_related("programme")
    due = [
        batch.pk
        for batch in published
        if at > batch.usage_ends_at and (batch.window_swept_at is None or at > batch.expires_at)
    ]
    return sum(reclaim_batch(by=job("reclaim_unused"), at=at, batch_pk=pk) > 0 for pk in due)


def grant_waiting(at: datetime) -> int:
    """Grant returned money to those in line, where switched on (B9); how many batches."""
    waiting = Batch.objects.filter(
        state=BatchState.PUBLISHED, programme__waiting_list=True, window_swept_at=None
    )
    pks = list(waiting.values_list("pk", flat=True))
    return sum(grant_from_waiting_list(by=job("grant_waiting"), at=at, batch_pk=pk) for pk in pks)


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
