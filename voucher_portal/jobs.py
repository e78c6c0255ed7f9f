"""The scheduled jobs: one list for Celery beat and for ``manage.py run_due_jobs``."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from celery import shared_task
from django.db import close_old_connections
from django.utils import timezone
from django.utils.module_loading import import_string

log = logging.getLogger(__name__)

# In the order in which one run does them: decide, publish, take back, remind, send, count.
JOBS = [
    "vouchers.tasks.rank_closed_batches",
    "vouchers.tasks.publish_due_results",
    "orders.tasks.lapse_due_orders",
    "vouchers.tasks.reclaim_unused",
    "vouchers.tasks.grant_waiting",
    "redemption.tasks.close_publicity",
    "enterprises.tasks.remind",
    "enterprises.tasks.remove_old_drafts",
    "vouchers.tasks.remind_holders",
    "orders.tasks.remind",
    "redemption.tasks.remind",
    "foundation.notices.tasks.send_outbox",
    "dashboards.tasks.refresh_dashboards",
    "foundation.documents.tasks.remove_stale_uploads",
    "foundation.documents.tasks.sweep_unreferenced_bytes",
    "foundation.audit.tasks.seal_rows",
    # Last: a large file takes a minute, and nothing else should wait for it.
    "foundation.rosters.tasks.work_off_imports",
]


def run_jobs(at: datetime) -> dict[str, int | None]:
    """Run every job for the moment ``at``: {job: how much it did, None when it failed}.

    A job that fails is logged and does not keep the others from running; the next run does its work.
    """
    done: dict[str, int | None] = {}
    for path in JOBS:
        job: Callable[[datetime], int] = import_string(path)
        try:
            done[path] = job(at)
        except Exception:
            log.exception("job %s failed", path)
            done[path] = None
    return done


@shared_task(name="voucher_portal.jobs.run_due")
def run_due() -> dict[str, int | None]:
    """One run of every job, started by beat each minute."""
    close_old_connections()
    return run_jobs(timezone.now())
