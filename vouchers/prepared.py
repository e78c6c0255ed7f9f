"""Statements that PostgreSQL plans once per connection and the ORM compiles once per process: the hot path's.

A pool that hands one server connection to many clients in turn (pgbouncer in transaction mode) cannot keep them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakSet

from django.db import connection
from django.db.models import QuerySet

Row = tuple[Any, ...]


class Prepared:
    """A statement for PostgreSQL with $1, $2 … for its parameters, which have these ``types``."""

    def __init__(self, name: str, types: Sequence[str], sql: str = "") -> None:
        self.name = name
        self.types = types
        self.sql = sql
        self._execute = f"EXECUTE {name}({', '.join(['%s'] * len(types))})"
        self._known_to: WeakSet[Any] = WeakSet()

    def row(self, *values: Any) -> Row | None:
        """The statement's first row for these parameters."""
        with connection.cursor() as cursor:
            if connection.connection not in self._known_to:
                # Without parameters the driver leaves every % as it is.
                cursor.execute(f"PREPARE {self.name} ({', '.join(self.types)}) AS {self.sql}")
                self._known_to.add(connection.connection)
            cursor.execute(self._execute, values)
            row: Row | None = cursor.fetchone()
            return row


class PreparedQuery(Prepared):
    """A queryset of ``values_list`` as such a statement.

    ``build`` makes the queryset with a mark in the place of each parameter: a value that nothing else in it has.
    """

    def __init__(
        self,
        name: str,
        types: Sequence[str],
        marks: Sequence[Any],
        build: Callable[[], QuerySet[Any, Any]],
    ) -> None:
        super().__init__(name, types)
        self.marks = marks
        self.build = build
        self._converters: list[tuple[int, Callable[[Any], Any]]] = []

    def row(self, *values: Any) -> Row | None:
        """The query's first row for these parameters, with values as the models' fields have them."""
        if not self.sql:
            self._compile()
        found = super().row(*values)
        if found is None:
            return None
        row = list(found)
        for index, convert in self._converters:
            row[index] = convert(row[index])
        return tuple(row)

    def _compile(self) -> None:
        from psycopg2.extensions import AsIs

        compiler = self.build().query.get_compiler(connection=connection)
        sql, params = compiler.as_sql()
        filled = []
        for value in params:
            numbers = [n for n, mark in enumerate(self.marks, start=1) if _same(value, mark)]
            filled.append(AsIs(f"${numbers[0]}") if numbers else value)
        for mark in self.marks:
            if not any(_same(value, mark) for value in params):
                raise AssertionError(f"{self.name}: the query does not use the parameter {mark!r}")
        columns = compiler.get_converters([expression for expression, _, _ in compiler.select])
        self._converters = [
            (
                index,
                lambda value, one=one, expression=expression: one(value, expression, connection),
            )
            for index, (converters, expression) in columns.items()
            for one in converters
        ]
        with connection.cursor() as cursor:
            self.sql = cursor.cursor.mogrify(sql, filled).decode()


def _same(value: Any, mark: Any) -> bool:
    return type(value) is type(mark) and value == mark
