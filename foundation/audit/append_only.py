"""Tables whose rows are never changed: triggers on both engines refuse UPDATE and DELETE.

In a migration, after the table is made::

    operations = [AppendOnly("vouchers_ledgerentry")]

A refused change is a ``django.db.IntegrityError`` on both engines. On PostgreSQL TRUNCATE is refused as well, and
with it ``manage.py flush``. Who owns the tables can drop the triggers: in production the portal's database role
should not own them (docs on operation).

On SQLite Django alters a table by making a new one, and the old one takes its triggers with it: a later migration
that alters an append-only table ends with ``AppendOnly`` again.

Test runs empty their tables between transactional tests; they do it inside ``lifted()``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection as default_connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation

REFUSAL = "append-only"
_SUFFIX = "append_only"
_FUNCTION = "portal_refuse_change"

_FUNCTION_BODY = f"""
BEGIN
    RAISE EXCEPTION '{REFUSAL}: % on %', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END """
_POSTGRESQL_FUNCTION = f"CREATE OR REPLACE FUNCTION {_FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $${_FUNCTION_BODY}$$"
# Triggers that fire in every ordinary session, for every row and column, and whose function refuses. tgtype: what
# calls them (catalogue pg_trigger).
_POSTGRESQL_GUARDS = """
SELECT t.tgrelid::regclass::text, t.tgname || ' ' || t.tgtype FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
WHERE t.tgenabled IN ('O', 'A') AND t.tgqual IS NULL AND t.tgattr = ''::int2vector AND p.prosrc = %s
"""
# Before (2), each row (1), and the event: delete 8, update 16, truncate 32, the last once for the statement.
_TYPES = {"UPDATE": 2 + 1 + 16, "DELETE": 2 + 1 + 8, "TRUNCATE": 2 + 32}


def create(table: str, connection: BaseDatabaseWrapper = default_connection) -> None:
    """Guard ``table``; nothing happens when it is guarded already."""
    drop(table, connection)
    with connection.cursor() as cursor:
        for statement in _statements(table, connection):
            cursor.execute(statement)


def drop(table: str, connection: BaseDatabaseWrapper = default_connection) -> None:
    """Take the guard off ``table``."""
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for event in _events(connection):
            cursor.execute(f"DROP TRIGGER IF EXISTS {_name(table, event)}{on_table}")


def guarded_tables(connection: BaseDatabaseWrapper = default_connection) -> list[str]:
    """The tables that are guarded now against every change, by name.

    A trigger that is switched off, or bears the name and does something else, does not count.
    """
    events = _events(connection)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(_POSTGRESQL_GUARDS, [_FUNCTION_BODY])
        else:
            cursor.execute("SELECT tbl_name, sql FROM sqlite_master WHERE type = 'trigger'")
        found = {(table, what) for table, what in cursor.fetchall()}
    return sorted(
        table
        for table in {table for table, _ in found}
        if all((table, _sign(table, event, connection)) in found for event in events)
    )


@contextmanager
def lifted(connection: BaseDatabaseWrapper = default_connection) -> Iterator[None]:
    """No table is guarded inside; afterwards the same ones are again. Only for emptying a test database."""
    tables = guarded_tables(connection)
    for table in tables:
        drop(table, connection)
    try:
        yield
    finally:
        for table in tables:
            create(table, connection)


class AppendOnly(Operation):
    """The migration operation that guards a table, by its name in the database."""

    reversible = True
    reduces_to_sql = False

    def __init__(self, table: str) -> None:
        self.table = table

    def state_forwards(self, app_label, state) -> None:  # type: ignore[no-untyped-def]
        """The models stay as they are."""

    def database_forwards(self, app_label, schema_editor, from_state, to_state) -> None:  # type: ignore[no-untyped-def]
        create(self.table, schema_editor.connection)

    def database_backwards(self, app_label, schema_editor, from_state, to_state) -> None:  # type: ignore[no-untyped-def]
        drop(self.table, schema_editor.connection)

    def describe(self) -> str:
        return f"Refuse changes to rows of {self.table}"

    @property
    def migration_name_fragment(self) -> str:
        return f"{self.table}_{_SUFFIX}"


def _events(connection: BaseDatabaseWrapper) -> tuple[str, ...]:
    return (
        ("UPDATE", "DELETE", "TRUNCATE")
        if connection.vendor == "postgresql"
        else ("UPDATE", "DELETE")
    )


def _name(table: str, event: str) -> str:
    return f"{table}_{event.lower()}_{_SUFFIX}"


def _sign(table: str, event: str, connection: BaseDatabaseWrapper) -> str:
    """By what the catalogue shows that ``table`` is guarded against ``event``."""
    if connection.vendor == "postgresql":
        return f"{_name(table, event)} {_TYPES[event]}"
    return _statements(table, connection)[_events(connection).index(event)]


def _statements(table: str, connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that guard ``table`` on this engine."""
    if connection.vendor == "postgresql":
        each = {"UPDATE": "ROW", "DELETE": "ROW", "TRUNCATE": "STATEMENT"}
        return [
            _POSTGRESQL_FUNCTION,
            *(
                f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
                f"FOR EACH {each[event]} EXECUTE FUNCTION {_FUNCTION}()"
                for event in _events(connection)
            ),
        ]
    return [
        f"CREATE TRIGGER {_name(table, event)} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {event} on {table}'); END"
        for event in _events(connection)
    ]
