"""What a proof of the books reports (V2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from foundation.money import from_fen, spoken_money


@dataclass(frozen=True)
class Break:
    """One place where the books do not add up. ``subject`` names the record, ``says`` what is wrong, in Chinese."""

    subject: str
    says: str

    def __str__(self) -> str:
        return f"{self.subject}：{self.says}"


def wrong_rows(sql: str) -> list[tuple[Any, ...]]:
    """The rows of a check: a statement without parameters that selects only what is wrong."""
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def spoken_fen(fen: int | None) -> str:
    """An amount straight from a statement, whole fen, as people read it."""
    return spoken_money(from_fen(int(fen or 0)))
