"""The line of a batch: who may be in it while someone else looks at it as a whole.

Identity order is not commit order, so ranking must wait for submissions still in flight. Submissions share a lock
on the batch, ranking takes it alone. On SQLite every transaction is the only writer, which gives the same for free.
"""

from __future__ import annotations

from django.db import connection

LINE = (
    0x5643  # first key of the advisory lock pair, so that other users of advisory locks stay apart
)


def join_line(batch_pk: int) -> None:
    """Hold the batch's line together with other submissions until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock_shared(%s, %s)", [LINE, batch_pk])


def close_line(batch_pk: int) -> None:
    """Wait for every submission in flight, and hold the line alone until the transaction ends."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LINE, batch_pk])
