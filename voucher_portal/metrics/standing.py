"""How things stand, read when Prometheus asks: jobs, proofs, outbox, queue, database, cache.

The same on every node, so alerts take the largest of the nodes' answers, never their sum.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.db.models import Count, Min
from django.utils import timezone
from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from foundation.audit.models import Seal
from foundation.jobs.models import JobRun
from foundation.notices.models import OutboxEntry
from voucher_portal.jobs import JOBS, LONG_JOBS, QUEUE
from vouchers.models import Batch
from vouchers.states import BatchState

log = logging.getLogger(__name__)


class Standing:
    """A collector of prometheus_client. What cannot be read is left out, and its part says 0 in portal_part_readable."""

    def collect(self) -> Iterator[Metric]:
        """Every figure."""
        at = timezone.now()
        readable = GaugeMetricFamily(
            "portal_part_readable",
            "Whether this part of the figures could be read",
            labels=["part"],
        )
        for part, read in PARTS.items():
            try:
                # One statement that fails must not take the figures of the other parts with it.
                with transaction.atomic():
                    found = list(read(at))
            except Exception as error:
                log.warning("metrics: %s: %s", part, type(error).__name__)
                readable.add_metric([part], 0)
                continue
            readable.add_metric([part], 1)
            yield from found
        yield readable


def _gauge(name: str, help_text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"portal_{name}", help_text, value=value)


def _jobs(at: datetime) -> Iterable[Metric]:
    """When each job ran last, and went well last; a job that never did says 0."""
    runs = {run.name: run for run in JobRun.objects.all()}
    began = GaugeMetricFamily("portal_job_began_timestamp_seconds", "Last run", labels=["job"])
    well = GaugeMetricFamily(
        "portal_job_succeeded_timestamp_seconds", "Last run that did not fail", labels=["job"]
    )
    took = GaugeMetricFamily("portal_job_seconds", "How long the last run took", labels=["job"])
    done = GaugeMetricFamily("portal_job_done", "How much the last run did", labels=["job"])
    late = GaugeMetricFamily(
        "portal_job_late_seconds", "Time since the last run that did not fail", labels=["job"]
    )
    counted = CounterMetricFamily("portal_job_runs", "Runs", labels=["job"])
    failed = CounterMetricFamily("portal_job_failures", "Runs that failed", labels=["job"])
    for name in [*JOBS, *LONG_JOBS]:
        run, label = runs.get(name), [name]
        began.add_metric(label, run.began_at.timestamp() if run else 0)
        counted.add_metric(label, run.runs if run else 0)
        failed.add_metric(label, run.failures if run else 0)
        succeeded = run.succeeded_at if run else None
        well.add_metric(label, succeeded.timestamp() if succeeded else 0)
        late.add_metric(label, (at - succeeded).total_seconds() if succeeded else float("inf"))
        if run:
            took.add_metric(label, run.milliseconds / 1000)
            done.add_metric(label, run.done)
    return [began, well, took, done, late, counted, failed]


PROOFS = ("reconcile", "verify_audit")


def _proofs(at: datetime) -> Iterable[Metric]:
    """How the proofs of books and trail went last: how many breaks, and when none was found last."""
    runs = {run.name: run for run in JobRun.objects.filter(name__in=PROOFS)}
    breaks = GaugeMetricFamily(
        "portal_proof_breaks", "Breaks the last proof found", labels=["proof"]
    )
    ran = GaugeMetricFamily("portal_proof_timestamp_seconds", "Last proof", labels=["proof"])
    clean = GaugeMetricFamily(
        "portal_proof_clean_timestamp_seconds", "Last proof without a break", labels=["proof"]
    )
    for name in PROOFS:
        run = runs.get(name)
        ran.add_metric([name], run.began_at.timestamp() if run else 0)
        clean.add_metric([name], run.succeeded_at.timestamp() if run and run.succeeded_at else 0)
        if run:
            breaks.add_metric([name], run.done)
    last = Seal.objects.order_by("-number").values_list("number", "sealed_at").first()
    number, sealed_at = last or (0, None)
    return [
        breaks,
        ran,
        clean,
        _gauge("seals", "Number of the last seal", number),
        _gauge("seal_timestamp_seconds", "Last seal", sealed_at.timestamp() if sealed_at else 0),
    ]


def _outbox(at: datetime) -> Iterable[Metric]:
    waiting = OutboxEntry.objects.filter(given_up_at=None).aggregate(
        count=Count("pk"), oldest=Min("message__created_at")
    )
    oldest = (at - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0
    return [
        _gauge("outbox_waiting", "Mails that wait", waiting["count"]),
        _gauge("outbox_oldest_seconds", "Age of the oldest message among them", oldest),
        _gauge(
            "outbox_given_up",
            "Mails that nobody tries any more",
            OutboxEntry.objects.exclude(given_up_at=None).count(),
        ),
    ]


def _queue(at: datetime) -> Iterable[Metric]:
    """How many tasks wait for a worker; without Redis there is no queue."""
    if not settings.REDIS_URL:
        return []
    import redis

    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=1
    ) as queue:
        return [_gauge("queue_waiting", "Tasks that wait for a worker", queue.llen(QUEUE))]


def _database(at: datetime) -> Iterable[Metric]:
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
        answered = time.perf_counter() - began
        found = [_gauge("database_answer_seconds", "Time of one empty statement", answered)]
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT COUNT(*), COALESCE(EXTRACT(EPOCH FROM MAX(clock_timestamp() - xact_start)), 0), "
                "pg_database_size(current_database()) "
                "FROM pg_stat_activity WHERE datname = current_database()"
            )
            sessions, oldest, size = cursor.fetchone()
            found += [
                _gauge("database_sessions", "Sessions of the database", sessions),
                _gauge("database_oldest_transaction_seconds", "The longest transaction", oldest),
                _gauge("database_bytes", "Size of the database", size),
            ]
    return found


def _cache(at: datetime) -> Iterable[Metric]:
    began = time.perf_counter()
    cache.get("metrics")
    return [_gauge("cache_answer_seconds", "Time of one look-up", time.perf_counter() - began)]


def _batches(at: datetime) -> Iterable[Metric]:
    """Batches that people apply for now, and those whose ranking or results are late (B6, B7)."""
    counts = dict(Batch.objects.values_list("state").annotate(Count("pk")))
    applied_for = Batch.objects.filter(
        state=BatchState.ANNOUNCED, opens_at__lte=at, closes_at__gte=at
    )
    closed = Batch.objects.filter(state=BatchState.ANNOUNCED, closes_at__lt=at)
    oldest = closed.aggregate(oldest=Min("closes_at"))["oldest"]
    by_state = GaugeMetricFamily("portal_batches", "Batches by state", labels=["state"])
    for state in BatchState.values:
        by_state.add_metric([state], counts.get(state, 0))
    return [
        by_state,
        _gauge("batches_open", "Batches open for applications", applied_for.count()),
        _gauge(
            "ranking_late_seconds",
            "Time since the longest closed batch that is not ranked has closed",
            (at - oldest).total_seconds() if oldest else 0,
        ),
    ]


PARTS: dict[str, Callable[[datetime], Iterable[Metric]]] = {
    "database": _database,
    "jobs": _jobs,
    "proofs": _proofs,
    "outbox": _outbox,
    "queue": _queue,
    "cache": _cache,
    "batches": _batches,
}
