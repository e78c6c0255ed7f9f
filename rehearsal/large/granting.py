"""Programmes, batches and applications as sets; ranking and publication by the operations themselves (B5–B7)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import connection

from foundation.accounts.actors import job
from foundation.money import in_fen
from foundation.regions.models import City
from rehearsal.large.people import PRIORITY_EVERY
from rehearsal.large.plan import (
    BATCHES,
    CAP_YUAN,
    FACE_YUAN,
    PROVIDER_CAP_YUAN,
    USAGE_DAYS,
    LargePlan,
)
from rehearsal.large.rows import run
from vouchers.models import SHARDS, Batch, DemandShard, Programme
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import IN_FLIGHT
from vouchers.queries import results_due_at
from vouchers.states import BatchState

BY = job("seed_demo_large")


def make_programme(city: City, plan: LargePlan, *, per_batch: int) -> Programme:
    """The city's programme of the year; a provider may accept nearly everything of it (P7)."""
    total = Decimal(per_batch * BATCHES * FACE_YUAN) * 2
    programme = Programme.objects.create(
        city=city,
        year=plan.year,
        total_amount=total,
        enterprise_cap=CAP_YUAN,
        provider_cap=PROVIDER_CAP_YUAN,
        provider_share=Decimal(1),
        usage_days=USAGE_DAYS,
        service_from=(plan.closes(1) - timedelta(days=60)).date(),
        service_until=plan.valid_until,
        created_at=plan.closes(1) - timedelta(days=60),
    )
    programme.refresh_from_db()
    return programme


def make_batch(
    programme: Programme, plan: LargePlan, *, number: int, per_batch: int, count: int
) -> Batch:
    """A batch that the first ``per_batch`` enterprises use up; with the last one, those that came too late as well."""
    closes = plan.closes(number)
    batch = Batch.objects.create(
        programme=programme,
        number=number,
        amount=Decimal(per_batch * FACE_YUAN),
        opens_at=closes - timedelta(hours=8),
        closes_at=closes,
        valid_until=plan.valid_until,
        state=BatchState.ANNOUNCED,
        announced_at=closes - timedelta(days=3),
    )
    batch.refresh_from_db()
    DemandShard.objects.bulk_create(DemandShard(batch=batch, shard=n) for n in range(SHARDS))
    late = f"OR (e.n > {count} AND e.n % 2 = 1)" if number == BATCHES else ""
    seconds = "(e.n % 25000)"
    run(
        f"""
        INSERT INTO vouchers_application
            (batch_id, enterprise_id, profile_id, amount, counted_tier, state, submitted_at)
        SELECT %s, e.enterprise, e.profile, %s, CASE WHEN e.n %% {PRIORITY_EVERY} = 0 THEN '1' ELSE '2' END,
               'submitted', %s::timestamptz + {seconds.replace("%", "%%")} * interval '1 second'
        FROM large_e e WHERE e.n <= {per_batch} {late.replace("%", "%%")}
        ORDER BY e.n > {count}, hashint8(e.serial + {number})
        """,  # nosec B608 # our own names and figures only
        batch.pk,
        in_fen(FACE_YUAN),
        batch.opens_at,
    )
    run(
        """
        INSERT INTO vouchers_enterpriseallowance (programme_id, enterprise_id, cap, applied, received, returned)
        SELECT %s, enterprise_id, %s, amount, 0, 0 FROM vouchers_application WHERE batch_id = %s
        ON CONFLICT (enterprise_id, programme_id)
        DO UPDATE SET applied = vouchers_enterpriseallowance.applied + excluded.applied
        """,
        programme.pk,
        in_fen(CAP_YUAN),
        batch.pk,
    )
    run(
        f"""
        UPDATE vouchers_demandshard s SET priority_amount = d.priority, other_amount = d.other
        FROM (SELECT id %% {SHARDS} AS shard,
                     COALESCE(SUM(amount) FILTER (WHERE counted_tier = '1'), 0) AS priority,
                     COALESCE(SUM(amount) FILTER (WHERE counted_tier = '2'), 0) AS other
              FROM vouchers_application WHERE batch_id = %s GROUP BY 1) d
        WHERE s.batch_id = %s AND s.shard = d.shard
        """,  # nosec B608 # our own names and figures only
        batch.pk,
        batch.pk,
    )
    return batch


def open_batch(programme: Programme, plan: LargePlan, *, per_batch: int) -> None:
    """One more batch, open now, for which nobody has applied yet."""
    batch = Batch.objects.create(
        programme=programme,
        number=BATCHES + 1,
        amount=Decimal(per_batch * FACE_YUAN),
        opens_at=plan.now - timedelta(days=1),
        closes_at=plan.now + timedelta(days=2),
        valid_until=plan.valid_until,
        state=BatchState.ANNOUNCED,
        announced_at=plan.now - timedelta(days=4),
    )
    DemandShard.objects.bulk_create(DemandShard(batch=batch, shard=n) for n in range(SHARDS))


def decide(batch: Batch) -> None:
    """Rank and publish, as the jobs do; the mails of this made-up season are not sent."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE vouchers_application")
    rank_batch(by=BY, at=batch.closes_at + IN_FLIGHT + timedelta(minutes=1), batch_pk=batch.pk)
    publish_results(by=BY, at=results_due_at(batch), batch_pk=batch.pk)
    run("DELETE FROM notices_outboxentry")
    batch.refresh_from_db()
