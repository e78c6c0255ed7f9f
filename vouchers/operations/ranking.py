"""Ranking a closed batch: one set-based statement decides every application (B5, B6)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction
from django.db.models import Count

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.money import in_fen
from vouchers.models import Allocation, Application, Batch
from vouchers.operations.line import close_line
from vouchers.operations.reclaiming import IN_FLIGHT
from vouchers.standing import standings
from vouchers.states import BATCH, BatchState


def rank_batch(*, by: Actor, at: datetime, batch_pk: int) -> bool:
    """Decide rank, tier, granted amount and reason of every live application of a closed batch.

    Tier and eligibility are read now (B6). False when there is nothing to do: not closed long enough for requests
    in flight to have ended, or already ranked. Run twice, late or by several workers at once, it ranks once.
    """
    with transaction.atomic():
        close_line(batch_pk)
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("programme")
            .get(pk=batch_pk)
        )
        if batch.state != BatchState.ANNOUNCED or at <= batch.closes_at + IN_FLIGHT:
            return False
        target = BATCH.target(batch.state, "rank")
        _decide(batch, at)
        outcomes = dict(
            Allocation.objects.filter(application__batch=batch)
            .values_list("outcome")
            .annotate(count=Count("pk"))
            .order_by()
        )
        batch.state, batch.ranked_at = target, at
        batch.save(update_fields=["state", "ranked_at"])
        record(
            at=at,
            by=by,
            action="rank_batch",
            subject=batch,
            from_state=BatchState.ANNOUNCED,
            to_state=target,
            details=outcomes,
        )
        return True


def _decide(batch: Batch, at: datetime) -> None:
    """Insert the allocations: eligible demand is summed in order, the last grant may be partial (B6)."""
    applicants = Application.objects.filter(batch=batch, withdrawn_at=None).values("enterprise_id")
    standing_sql, standing_params = (
        standings(batch.programme, at)
        .filter(pk__in=applicants)
        .values_list("pk", "failing", "is_priority")
        .query.get_compiler(connection=connection)
        .as_sql()
    )
    amount = in_fen(batch.amount)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Compiling the many small conditions takes longer than it saves.
            cursor.execute("SET LOCAL jit = off")
        # Materialized: worked out for all applicants as one set, not for one after the other.
        cursor.execute(
            f"""
            WITH standing (enterprise_id, failing, is_priority) AS MATERIALIZED ({standing_sql}),
            line AS (
                SELECT a.id, a.amount,
                       COALESCE(s.failing, 'not_passed') AS failing,
                       CASE WHEN s.is_priority THEN '1' ELSE '2' END AS tier
                FROM {Application._meta.db_table} a
                LEFT JOIN standing s ON s.enterprise_id = a.enterprise_id
                WHERE a.batch_id = %s AND a.withdrawn_at IS NULL
            ),
            ranked AS (
                SELECT id, amount, failing, tier,
                       ROW_NUMBER() OVER (ORDER BY tier, id) AS rank,
                       SUM(CASE WHEN failing = '' THEN amount ELSE 0 END) OVER (
                           ORDER BY tier, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
                       ) AS upto
                FROM line
            ),
            decided AS (
                SELECT id, rank, tier, amount, failing,
                       CASE WHEN failing <> '' THEN 0
                            WHEN upto <= %s THEN amount
                            WHEN upto - amount < %s THEN %s - (upto - amount)
                            ELSE 0 END AS granted
                FROM ranked
            )
            INSERT INTO {Allocation._meta.db_table} (application_id, round, rank, tier, granted, outcome, reason)
            SELECT id, 0, rank, tier, granted,
                   CASE WHEN failing <> '' THEN 'passed_over'
                        WHEN granted = amount THEN 'granted'
                        WHEN granted > 0 THEN 'partial'
                        ELSE 'not_granted' END,
                   failing
            FROM decided
            """,  # nosec B608 # our own names only, values by parameter
            [*standing_params, batch.pk, amount, amount, amount],
        )
