"""Messages to everyone in a batch at once, as sets of rows (B7, V7)."""

from __future__ import annotations

from datetime import datetime

from django.db import connection, transaction

from enterprises.models import Enterprise
from enterprises.queries import ELIGIBILITY_REASONS
from foundation.moments import spoken
from foundation.money import spoken_money
from foundation.notices.events import Kind
from foundation.notices.models import Message, OutboxEntry
from foundation.notices.policies import mailed_from
from vouchers.models import Allocation, Application, Batch, LedgerEntry, Voucher
from vouchers.standing import standings
from vouchers.states import EntryKind


def _insert(
    select: str,
    params: list[str | int],
    *,
    at: datetime,
    like: str,
    mailed_at: datetime | None = None,
) -> int:
    """Insert the selected messages (recipient, event, params, link, key) and their outbox rows; how many.

    Mailed from ``mailed_at`` on, by default ``at``.
    A key that exists already is skipped, so a second run sends nothing twice.
    """
    message, outbox = Message._meta.db_table, OutboxEntry._meta.db_table
    moment = connection.ops.adapt_datetimefield_value(at)
    mail_moment = connection.ops.adapt_datetimefield_value(mailed_at or at)
    as_json = "::jsonb" if connection.vendor == "postgresql" else ""
    # Together: a message whose outbox row was lost would count as sent and never be mailed.
    with transaction.atomic(), connection.cursor() as cursor:
        # A sweep finds nothing new nearly always. Asked apart: inside the INSERT the look-up may read the growing
        # table again for each row, as long as the database thinks it small.
        cursor.execute(
            f"SELECT 1 FROM ({select}) s "
            f"WHERE NOT EXISTS (SELECT 1 FROM {message} m WHERE m.key = s.key) LIMIT 1",  # nosec B608 # our own names only, values by parameter
            params,
        )
        if cursor.fetchone() is None:
            return 0
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) FROM {message}")  # nosec B608 # our own names only, values by parameter
        (last,) = cursor.fetchone()
        cursor.execute(
            f"""
            INSERT INTO {message} (recipient_id, event, params, link, key, created_at)
            SELECT s.recipient_id, s.event, s.params{as_json}, s.link, s.key, %s FROM ({select}) s
            WHERE true ON CONFLICT (key) DO NOTHING
            """,  # nosec B608 # our own names only, values by parameter
            [moment, *params],
        )
        count = cursor.rowcount
        cursor.execute(
            f"""
            INSERT INTO {outbox} (message_id, attempts, next_attempt_at, last_error)
            SELECT m.id, 0, %s, '' FROM {message} m
            WHERE m.id > %s AND m.key LIKE %s AND m.created_at = %s
            ON CONFLICT (message_id) DO NOTHING
            """,  # nosec B608 # our own names only, values by parameter
            [mail_moment, last, like, moment],
        )
    return count


def _json(pairs: str) -> str:
    name = "json_build_object" if connection.vendor == "postgresql" else "json_object"
    return f"{name}({pairs})"


def _yuan(column: str) -> str:
    """Whole fen as yuan text in SQL, without the fen when they are zero."""
    return (
        f"CAST({column} / 100 AS TEXT) || CASE WHEN {column} % 100 = 0 THEN '' ELSE '.' || "
        f"CAST({column} % 100 / 10 AS TEXT) || CAST({column} % 10 AS TEXT) END"
    ).replace("%", "%%")


_TEXT = "CAST(%s AS TEXT)"


def tell_results(batch: Batch, *, round_number: int, at: datetime) -> int:
    """Tell every applicant of a round what was decided (B7); how many messages.

    Of a later round only who received something: one who was passed by stands in line as before (B9).
    """
    params_json = _json(
        f"'batch', {_TEXT}, 'rank', al.rank, 'requested', {_yuan('ap.amount')}, "
        f"'granted', {_yuan('al.granted')}, 'deadline', {_TEXT}"
    )
    select = f"""
        SELECT e.account_id AS recipient_id, 'result_' || al.outcome AS event, {params_json} AS params,
               '/vouchers/applications/' || ap.id || '/' AS link,
               'result:{int(batch.pk)}:{int(round_number)}:' || ap.id AS key
        FROM {Allocation._meta.db_table} al
        JOIN {Application._meta.db_table} ap ON ap.id = al.application_id
        JOIN {Enterprise._meta.db_table} e ON e.id = ap.enterprise_id
        WHERE ap.batch_id = %s AND al.round = %s AND (al.round = 0 OR al.granted > 0) ORDER BY al.rank
    """  # nosec B608 # our own names only, values by parameter
    params: list[str | int] = [str(batch), spoken(batch.usage_ends_at), batch.pk, round_number]
    return _insert(select, params, at=at, like=f"result:{batch.pk}:{round_number}:%")


def remind_unused(batch: Batch, *, days: int, at: datetime) -> int:
    """Remind holders of free balance ``days`` days before the usage window of their batch ends (V7)."""
    params_json = _json(
        f"'batch', {_TEXT}, 'free', {_yuan('v.free')}, 'deadline', {_TEXT}, 'days', {int(days)}"
    )
    select = f"""
        SELECT e.account_id AS recipient_id, 'voucher_unused' AS event, {params_json} AS params,
               '/vouchers/' || v.id || '/' AS link,
               'unused:{int(batch.pk)}:{int(days)}:' || v.id AS key
        FROM {Voucher._meta.db_table} v JOIN {Enterprise._meta.db_table} e ON e.id = v.enterprise_id
        WHERE v.batch_id = %s AND v.free > 0
    """  # nosec B608 # our own names only, values by parameter
    params: list[str | int] = [str(batch), spoken(batch.usage_ends_at), batch.pk]
    return _insert(
        select,
        params,
        at=at,
        like=f"unused:{batch.pk}:{days}:%",
        mailed_at=mailed_from(Kind.REMINDER, at),
    )


def tell_announced(batch: Batch, *, at: datetime) -> int:
    """Tell the city's enterprises of a batch to come, once: who may apply, and whose file is not passed yet (B1, E5).

    Whom no correction of a file could make eligible before it opens (too large, blacklisted, sanctioned) is not told.
    """
    params_json = _json(
        f"'batch', {_TEXT}, 'amount', {_TEXT}, 'opens', {_TEXT}, 'closes', {_TEXT}, 'why', {_TEXT}"
    )
    standing_sql, standing_params = (
        standings(batch.programme, at)
        .values_list("pk", "failing")
        .query.get_compiler(connection=connection)
        .as_sql()
    )
    select = f"""
        WITH standing (enterprise_id, failing) AS ({standing_sql})
        SELECT e.account_id AS recipient_id,
               CASE WHEN s.failing = '' THEN 'batch_announced' ELSE 'batch_announced_not_ready' END AS event,
               {params_json} AS params,
               CASE WHEN s.failing = '' THEN '/batches/{int(batch.pk)}/' ELSE '/enterprise/' END AS link,
               'announced:{int(batch.pk)}:' || e.id AS key
        FROM standing s JOIN {Enterprise._meta.db_table} e ON e.id = s.enterprise_id
        WHERE s.failing IN ('', 'not_passed')
    """  # nosec B608 # our own names only, values by parameter
    params: list[str | int] = [
        *standing_params,
        str(batch),
        spoken_money(batch.amount),
        spoken(batch.opens_at),
        spoken(batch.closes_at),
        ELIGIBILITY_REASONS["not_passed"],
    ]
    return _insert(select, params, at=at, like=f"announced:{batch.pk}:%")


def tell_reclaimed(batch: Batch, *, reference: str, at: datetime) -> int:
    """Tell holders what the sweep at ``at`` took back, from its own ledger entries (V4); how many messages."""
    params_json = _json(f"'batch', {_TEXT}, 'amount', {_yuan('le.amount')}")
    select = f"""
        SELECT e.account_id AS recipient_id, 'voucher_reclaimed' AS event, {params_json} AS params,
               '/vouchers/' || v.id || '/' AS link,
               'reclaimed:{int(batch.pk)}:' || le.id AS key
        FROM {LedgerEntry._meta.db_table} le
        JOIN {Voucher._meta.db_table} v ON v.id = le.voucher_id
        JOIN {Enterprise._meta.db_table} e ON e.id = v.enterprise_id
        WHERE v.batch_id = %s AND le.kind = %s AND le.reference = %s AND le.at = %s
    """  # nosec B608 # our own names only, values by parameter
    moment = connection.ops.adapt_datetimefield_value(at)
    params: list[str | int] = [
        str(batch),
        batch.pk,
        EntryKind.RECLAIM.value,
        reference,
        str(moment),
    ]
    return _insert(select, params, at=at, like=f"reclaimed:{batch.pk}:%")
