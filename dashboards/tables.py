"""One shape for everything a dashboard shows: the page draws it as a table and a chart, Excel gets the same cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TypeAlias

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from foundation.moments import SHANGHAI, spoken
from foundation.money import ZERO
from foundation.spreadsheets import Cell, Sheet

Value: TypeAlias = str | int | Decimal | date | datetime | None
RATE_PLACES = Decimal("0.1")
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Column:
    """A column: ``kind`` is text, number, money (yuan), rate (per cent), decimal or moment."""

    key: str
    label: str
    kind: str = "number"

    @property
    def with_unit(self) -> str:
        """The label with the unit of what stands under it, unless it says that itself."""
        unit = {"money": "（元）", "rate": "（%）"}.get(self.kind, "")
        return self.label if unit in self.label else f"{self.label}{unit}"


@dataclass(frozen=True)
class Shown:
    """A cell on the page; ``link``: the list behind the number, "" where there is none."""

    column: Column
    value: Value
    link: str = ""

    @property
    def text(self) -> str:
        """The value in words, a dash for none."""
        value = self.value
        if value is None or value == "":
            return "—"
        if isinstance(value, datetime):
            return spoken(value)
        if self.column.kind in ("number", "money"):
            whole = f"{value:,}"
            return whole.removesuffix(".00")
        return str(value)

    @property
    def html(self) -> SafeString:
        """The cell: a page has hundreds, and one template for each would take longer than all the rest of it."""
        column = self.column
        figure = column.kind not in ("text", "moment")
        attributes = ' class="number"' if figure else ""
        if figure and self.value is not None:
            attributes += f' data-value="{escape(self.value)}"'
        text = str(escape(self.text))
        if self.link and self.value:
            text = f'<a href="{escape(self.link)}">{text}</a>'
        return mark_safe(f'<td data-label="{escape(column.with_unit)}"{attributes}>{text}</td>')  # nosec B308, B703 # every part is escaped above


@dataclass(frozen=True)
class Line:
    """A row: its label, its values in the order of the columns, and the links behind them."""

    label: str
    values: Sequence[Value]
    links: Sequence[str] = ()
    link: str = ""


@dataclass(frozen=True)
class Chart:
    """How a table is drawn: bar, stacked or line, of these columns."""

    kind: str
    columns: Sequence[str]


@dataclass(frozen=True)
class Table:
    """A table with its name for addresses (``key``), its title and the heading of its first column."""

    key: str
    title: str
    heading: str
    columns: Sequence[Column]
    lines: Sequence[Line]
    total: Line | None = None
    chart: Chart | None = None
    note: str = ""
    query: str = ""
    empty: str = "还没有数据"

    @property
    def shown(self) -> list[tuple[Line, list[Shown]]]:
        """The rows for the page."""
        return [(line, self.cells(line)) for line in self.lines]

    @property
    def shown_total(self) -> list[Shown]:
        """The cells of the total."""
        return self.cells(self.total) if self.total else []

    @property
    def chart_columns(self) -> str:
        """The numbers of the columns that the chart draws, the first value column being 1."""
        keys = [column.key for column in self.columns]
        return (
            " ".join(str(keys.index(key) + 1) for key in self.chart.columns) if self.chart else ""
        )

    def cells(self, line: Line) -> list[Shown]:
        """A row's cells with their columns."""
        links = [*line.links, *[""] * (len(line.values) - len(line.links))]
        return [
            Shown(column, value, link)
            for column, value, link in zip(self.columns, line.values, links, strict=True)
        ]

    def sheet(self) -> Sheet:
        """The table for Excel: the same rows, the total last."""
        lines = [*self.lines, *([self.total] if self.total else [])]
        headings = (self.heading, *(column.with_unit for column in self.columns))
        return Sheet(
            self.title, headings, [[line.label, *map(_cell, line.values)] for line in lines]
        )


def rate(part: Decimal | int, whole: Decimal | int) -> Decimal | None:
    """Per cent of ``whole`` with one place; None of nothing."""
    return (Decimal(part) * HUNDRED / Decimal(whole)).quantize(RATE_PLACES) if whole else None


def quotient(part: Decimal | int, whole: Decimal | int, places: str = "0.01") -> Decimal | None:
    """``part`` per one of ``whole``; None of nothing."""
    return (Decimal(part) / Decimal(whole)).quantize(Decimal(places)) if whole else None


def summed(lines: Sequence[Line], columns: Sequence[Column], links: Sequence[str] = ()) -> Line:
    """The total of numbers and money; other kinds stay empty."""
    values: list[Value] = []
    for index, column in enumerate(columns):
        found = [line.values[index] for line in lines]
        if column.kind == "money":
            values.append(sum((v for v in found if isinstance(v, Decimal)), ZERO))
        elif column.kind == "number":
            values.append(sum(v for v in found if isinstance(v, int)))
        else:
            values.append(None)
    return Line("合计", values, links)


def _cell(value: Value) -> Cell:
    return value.astimezone(SHANGHAI).replace(tzinfo=None) if isinstance(value, datetime) else value
