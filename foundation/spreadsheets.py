"""Excel files: text stays text, so that no code loses a digit and no name becomes a formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import TypeAlias

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

Cell: TypeAlias = str | int | Decimal | date | None

# What Excel, LibreOffice or a later CSV export would take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST_COLUMN = 48


@dataclass(frozen=True)
class Sheet:
    """One sheet: its name, headings, and rows of cells; Decimal is money in yuan."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def workbook(sheets: Sequence[Sheet]) -> bytes:
    """An Excel file of these sheets."""
    book = Workbook()
    book.remove(book.active)
    for sheet in sheets:
        page = book.create_sheet(sheet.title[:31])
        for column, heading in enumerate(sheet.headings, start=1):
            cell = page.cell(row=1, column=column)
            _write(cell, heading)
            cell.font = Font(bold=True)
        for number, row in enumerate(sheet.rows, start=2):
            for column, value in enumerate(row, start=1):
                _write(page.cell(row=number, column=column), value)
        page.freeze_panes = "A2"
        _set_widths(page, sheet)
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def _write(cell: ExcelCell, value: Cell) -> None:
    if value is None or value == "":
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        # After the value: setting it guesses a formula from a leading "=".
        cell.data_type = "s"
        cell.number_format = "@"
        cell.quotePrefix = value.startswith(FORMULA_STARTS)
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    else:
        cell.value = value
        if isinstance(value, Decimal):
            cell.number_format = "#,##0.00"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"


def _set_widths(page: Worksheet, sheet: Sheet) -> None:
    for column in range(len(sheet.headings)):
        texts = [
            sheet.headings[column],
            *(str(row[column]) for row in sheet.rows if row[column] is not None),
        ]
        # A Chinese character is about two columns wide.
        widest = max(sum(2 if ord(sign) > 0x2E7F else 1 for sign in text) for text in texts)
        page.column_dimensions[get_column_letter(column + 1)].width = min(widest + 2, WIDEST_COLUMN)
