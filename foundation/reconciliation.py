"""What a proof of the books reports (V2)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection, models

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


def compared(
    found: Iterable[tuple[Any, ...]],
    subject: str,
    places: Sequence[str],
    *,
    of: type[models.Model],
    kept: str,
    other: str,
) -> Iterator[Break]:
    """A break for each place whose two figures differ.

    ``found``: rows of a key and, place by place, what is kept and what was counted elsewhere, in fen. ``of``: the model
    whose fields name the places; ``kept`` and ``other``: the words for the two sides.
    """
    for key, *figures in found:
        for place, ours, theirs in zip(places, figures[::2], figures[1::2], strict=True):
            if ours != theirs:
                label = of._meta.get_field(place).verbose_name  # type: ignore[union-attr]
                yield Break(
                    f"{subject} {key}",
                    f"{label}：{kept} {spoken_fen(ours)}，{other} {spoken_fen(theirs)}",
                )


def spoken_fen(fen: int | None) -> str:
    """An amount straight from a statement, whole fen, as people read it."""
    return spoken_money(from_fen(int(fen or 0)))
