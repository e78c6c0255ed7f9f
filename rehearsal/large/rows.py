"""Sets of rows out of one pattern row: what the database copies, only some columns differ."""

from __future__ import annotations

from django.db import connection, models


def run(sql: str, *params: object, **named: object) -> int:
    """One statement, with parameters by place or by name; how many rows it touched.

    Without parameters a per cent sign stands for itself.
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, named or list(params) or None)
        return int(cursor.rowcount)


def copies(pattern: models.Model, source: str, **columns: str) -> int:
    """Insert a copy of ``pattern`` for each row of ``source`` (a FROM clause); ``columns`` are SQL expressions.

    Personal data is copied as the pattern has it, encrypted. ValueError for a column that there is not.
    """
    table = pattern._meta.db_table
    names = [str(field.column) for field in pattern._meta.local_concrete_fields]
    if unknown := set(columns) - set(names):
        raise ValueError(f"{table} has no {sorted(unknown)}")
    kept = [name for name in names if name != "id" or "id" in columns]
    values = [columns.get(name, f"pattern.{name}") for name in kept]
    return run(
        f"INSERT INTO {table} ({', '.join(kept)}) SELECT {', '.join(values)} "
        f"FROM {table} pattern, {source} WHERE pattern.id = {int(pattern.pk)}"  # nosec B608 # our own names and figures only
    )


def next_id(model: type[models.Model]) -> int:
    """The id before the first that a new set may use."""
    return int(model._default_manager.aggregate(last=models.Max("pk"))["last"] or 0)


def ids_used(*tables: type[models.Model]) -> None:
    """Have the sequences go on behind ids that were chosen."""
    for model in tables:
        table = model._meta.db_table
        run(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT MAX(id) FROM {table}))"  # nosec B608 # our own names and figures only
        )
