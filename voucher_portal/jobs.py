"""The scheduled jobs: one list for Celery beat and for ``manage.py run_due_jobs``."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from celery import shared_task
from django.db import Error as DatabaseError
from django.db import close_old_connections, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from foundation.jobs.operations import note_run

log = logging.getLogger(__name__)

# Celery's own name for the queue that nobody gave a name.
QUEUE = "celery"

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
    "foundation.accounts.tasks.remove_ended_sessions",
    "foundation.documents.tasks.remove_stale_uploads",
    "foundation.documents.tasks.sweep_unreferenced_bytes",
    "foundation.api.tasks.forget_answers",
    "foundation.audit.tasks.seal_rows",
]
# These may take a minute, so a worker of its own does them: neither waits for the other.
LONG_JOBS = [
    "dashboards.tasks.refresh_dashboards",
    "foundation.rosters.tasks.work_off_imports",
    "voucher_portal.retention.forget_at_night",
]


def run_jobs(at: datetime, jobs: Sequence[str] = (*JOBS, *LONG_JOBS)) -> dict[str, int | None]:
    """Run every job, or those given, for the moment ``at``: {job: how much it did, None when it failed}.

    A job that fails is logged and does not keep the others from running; the next run does its work.
    """
    done: dict[str, int | None] = {}
    for path in jobs:
        job: Callable[[datetime], int] = import_string(path)
        began = time.monotonic()
        try:
            done[path] = job(at)
        except Exception:
            log.exception("job %s failed", path)
            done[path] = None
            # A connection that broke must not take the other jobs of this run with it.
            if not connection.in_atomic_block:
                close_old_connections()
        _note(path, at=at, seconds=time.monotonic() - began, done=done[path])
    return done


def _note(path: str, *, at: datetime, seconds: float, done: int | None) -> None:
    """Have the run seen by whoever watches; that it could not be noted keeps no job from running."""
    try:
        with transaction.atomic():
            note_run(at=at, name=path, seconds=seconds, done=done)
    except DatabaseError:
        log.exception("the run of job %s could not be noted", path)


@shared_task(name="voucher_portal.jobs.run_due")
def run_due() -> dict[str, int | None]:
    """One run of every short job, started by beat each minute."""
    close_old_connections()
    return run_jobs(timezone.now(), JOBS)


@shared_task(name="voucher_portal.jobs.run_long")
def run_long() -> dict[str, int | None]:
    """One run of the long jobs, started by beat each minute."""
    close_old_connections()
    return run_jobs(timezone.now(), LONG_JOBS)
