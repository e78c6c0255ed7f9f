"""Putting an application in line with one statement, on PostgreSQL.

The step-by-step way in ``applying`` says what is done, and is what happens on any engine. This is the same for the
one case that comes in thousands: the application that is accepted. Whatever stands in its way, it writes nothing,
and the caller finds out what it was step by step. See docs/adr on the rush.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import DEFAULT_DB_ALIAS, IntegrityError, connection, transaction

from foundation.accounts.actors import Actor
from foundation.audit.models import AuditEntry
from foundation.money import in_fen
from foundation.notices.models import Message, OutboxEntry
from vouchers.entrance import Entrance
from vouchers.models import SHARDS, Application, Batch, DemandShard, EnterpriseAllowance
from vouchers.prepared import Prepared
from vouchers.states import ApplicationState, BatchState, Tier


def enter_at_once(
    *,
    by: Actor,
    at: datetime,
    seen: Entrance,
    amount: Decimal,
    tier: Tier,
    details: dict[str, Any],
    params: dict[str, Any],
) -> Application | None:
    """Cap, application, audit, message and demand in one statement; None when nothing was written.

    ``details`` go into the audit entry, ``params`` into the message, which gets the application's number as well.
    """
    batch, standing = seen.batch, seen.standing
    values = (
        batch.pk,
        batch.programme.pk,
        standing.enterprise_pk,
        in_fen(batch.programme.enterprise_cap),
        in_fen(amount),
        standing.profile_pk,
        tier.value,
        at,
        by.user.pk,
        by.label,
        by.role,
        by.address,
        json.dumps(details),
        json.dumps(params),
    )
    # One statement is a transaction of its own; inside another one its failure must not end that.
    around: AbstractContextManager[Any] = (
        transaction.atomic() if connection.in_atomic_block else nullcontext()
    )
    try:
        with around:
            row = _ENTER.row(*values)
    except IntegrityError:
        return None
    if row is None:
        return None
    made = Application(
        pk=row[0],
        batch=batch,
        enterprise_id=standing.enterprise_pk,
        profile_id=standing.profile_pk,
        amount=amount,
        counted_tier=tier,
        submitted_at=at,
    )
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


# The batch's row is locked and looked at again (it is read anew after a wait): ranking, which locks it alone, waits
# for everyone in line, and whoever comes after it finds the batch ranked and writes nothing (B6). The cap is a
# condition of the very row it is kept in (B3). Each part takes its rows from the one before, so that without one
# there is none of the others.
_ENTER = Prepared(
    "enter_line",
    (
        "bigint",  # $1 batch
        "bigint",  # $2 programme
        "bigint",  # $3 enterprise
        "bigint",  # $4 yearly cap, fen
        "bigint",  # $5 amount, fen
        "bigint",  # $6 profile
        "text",  # $7 tier
        "timestamptz",  # $8 at
        "bigint",  # $9 account
        "text",  # $10 actor's label
        "text",  # $11 role
        "text",  # $12 address
        "jsonb",  # $13 audit details
        "jsonb",  # $14 message parameters
    ),
    f"""
    WITH line AS (
        SELECT id FROM {Batch._meta.db_table}
        WHERE id = $1 AND state = '{BatchState.ANNOUNCED.value}' FOR KEY SHARE
    ), allowed AS (
        INSERT INTO {EnterpriseAllowance._meta.db_table} AS own
            (programme_id, enterprise_id, cap, applied, received, returned)
        SELECT $2, $3, $4, $5, 0, 0 FROM line
        ON CONFLICT (enterprise_id, programme_id) DO UPDATE SET applied = own.applied + excluded.applied
        WHERE own.cap >= own.applied + own.received - own.returned + excluded.applied
        RETURNING id
    ), made AS (
        INSERT INTO {Application._meta.db_table}
            (batch_id, enterprise_id, profile_id, amount, counted_tier, state, submitted_at)
        SELECT $1, $3, $6, $5, $7, '{ApplicationState.SUBMITTED.value}', $8 FROM allowed
        RETURNING id
    ), recorded AS (
        INSERT INTO {AuditEntry._meta.db_table}
            (at, actor_id, actor_label, role, address, action, subject_type, subject_id,
             from_state, to_state, reason, details)
        SELECT $8, $9, $10, $11, $12, 'submit_application', '{Application._meta.label_lower}', id,
               '', '{ApplicationState.SUBMITTED.value}', '', $13
        FROM made
    ), told AS (
        INSERT INTO {Message._meta.db_table} (recipient_id, event, params, link, created_at)
        SELECT $9, 'application_submitted',
               $14 || jsonb_build_object('number', 'SL' || lpad(id::text, greatest(9, length(id::text)), '0')),
               '/vouchers/applications/' || id || '/', $8
        FROM made
        RETURNING id
    ), mailed AS (
        INSERT INTO {OutboxEntry._meta.db_table} (message_id, attempts, next_attempt_at, last_error)
        SELECT id, 0, $8, '' FROM told
    ), demanded AS (
        UPDATE {DemandShard._meta.db_table} shard
        SET priority_amount = shard.priority_amount + CASE $7 WHEN '{Tier.PRIORITY.value}' THEN $5 ELSE 0 END,
            other_amount = shard.other_amount + CASE $7 WHEN '{Tier.PRIORITY.value}' THEN 0 ELSE $5 END
        FROM made WHERE shard.batch_id = $1 AND shard.shard = made.id % {SHARDS}
    )
    SELECT id FROM made
    """,  # nosec B608 # our own names only, values by parameter
)
