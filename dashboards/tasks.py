"""The sweeper that keeps the dashboards' figures fresh; late or twice it only counts again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from dashboards.models import Snapshot
from dashboards.operations.refreshing import entries_of, refresh_figures
from foundation.moments import local_day
from vouchers.models import Programme

log = logging.getLogger(__name__)
REFRESH_EVERY = timedelta(minutes=5)


def refresh_dashboards(at: datetime) -> int:
    """Roll up every programme in force whose figures are older than five minutes; how many.

    A programme of an earlier year than the last is rolled up again only when its ledger has moved on.
    """
    taken = {one.programme_id: one for one in Snapshot.objects.all()}
    year = local_day(at).year
    done = 0
    failed: Exception | None = None
    for programme in Programme.objects.select_related("city").order_by("pk"):
        last = taken.get(programme.pk)
        if last is not None and last.taken_at <= at < last.taken_at + REFRESH_EVERY:
            continue
        if last is not None and programme.year < year - 1 and last.entries == entries_of(programme):
            continue
        try:
            done += refresh_figures(at=at, programme=programme)
        except Exception as error:
            log.exception("figures of programme %s failed", programme.pk)
            failed = failed or error
    if failed is not None:
        raise failed
    return done
