"""Up to which row a table can no longer change: nobody may still add a row below it.

Primary keys are handed out before their rows are committed, so a row may appear below others that are long there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.db import connection, models

# Locks under which rows are added. A statement takes its lock before it asks for a primary key.
_WRITERS = """
SELECT virtualtransaction FROM pg_locks
WHERE relation = %s::regclass
  AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND granted AND pid IS DISTINCT FROM pg_backend_pid()
  AND mode IN ('RowExclusiveLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
"""
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Candidate:
    """``until``: the newest row seen; ``writers``: the transactions that may still hold primary keys below it."""

    table: str
    until: int
    writers: frozenset[str]


def newest(model: type[models.Model]) -> Candidate:
    """The newest committed row of a table, and who was writing into it just after it was read.

    On SQLite, inside a transaction that began as a writing one, nobody else writes.
    """
    table = model._meta.db_table
    until = model._default_manager.aggregate(newest=models.Max("pk"))["newest"] or 0
    return Candidate(table, until, _writers(table))


def is_settled(candidate: Candidate, *, wait_seconds: float) -> bool:
    """Whether every transaction that was writing has ended; waits for short ones, holds nobody up."""
    deadline = time.monotonic() + wait_seconds
    while candidate.writers & _writers(candidate.table):
        if time.monotonic() >= deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def _writers(table: str) -> frozenset[str]:
    if connection.vendor != "postgresql":
        return frozenset()
    with connection.cursor() as cursor:
        cursor.execute(_WRITERS, [table])
        return frozenset(row[0] for row in cursor.fetchall())
