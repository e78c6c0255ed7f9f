"""The sweeper that keeps the dashboards' figures fresh; late or twice it only counts again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from dashboards.models import Snapshot
from dashboards.operations.refreshing import refresh_figures
from foundation.moments import local_day
from vouchers.models import Programme

log = logging.getLogger(__name__)
REFRESH_EVERY = timedelta(minutes=5)


def refresh_dashboards(at: datetime) -> int:
    """Roll up every programme in force whose figures are older than five minutes; how many.

    A programme of an earlier year than the last no longer moves and is rolled up once.
    """
    taken = dict(Snapshot.objects.values_list("programme_id", "taken_at"))
    year = local_day(at).year
    done = 0
    failed: Exception | None = None
    for programme in Programme.objects.select_related("city").order_by("pk"):
        last = taken.get(programme.pk)
        fresh = last is not None and last <= at < last + REFRESH_EVERY
        if fresh or (last is not None and programme.year < year - 1):
            continue
        try:
            done += refresh_figures(at=at, programme=programme)
        except Exception as error:
            log.exception("figures of programme %s failed", programme.pk)
            failed = failed or error
    if failed is not None:
        raise failed
    return done
