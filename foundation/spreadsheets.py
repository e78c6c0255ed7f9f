"""Excel files: text stays text, so that no code loses a digit and no name becomes a formula."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import IO, TypeAlias

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.cell.cell import Cell as ExcelCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

# A datetime is naive, as a clock on the wall shows it.
Cell: TypeAlias = str | int | Decimal | date | datetime | None

# What Excel, LibreOffice or a later CSV export would take for the start of a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NARROWEST_COLUMN, WIDEST_COLUMN = 14, 48


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


def table(title: str, headings: Sequence[str], rows: Iterable[Sequence[Cell]]) -> IO[bytes]:
    """One long sheet as an open Excel file, written row by row: memory does not grow with the rows.

    Columns are as wide as their headings ask, since the rows are not known beforehand.
    """
    book = Workbook(write_only=True)
    page = book.create_sheet(title[:31])
    page.freeze_panes = "A2"
    for column, heading in enumerate(headings, start=1):
        width = min(max(_width(heading) + 4, NARROWEST_COLUMN), WIDEST_COLUMN)
        page.column_dimensions[get_column_letter(column)].width = width
    header = [_cell_of(page, heading) for heading in headings]
    for cell in header:
        cell.font = Font(bold=True)
    page.append(header)
    # One style for all text cells: giving each its own costs more than writing it.
    model = WriteOnlyCell(page)
    model.number_format = "@"
    plain = copy(model._style)
    model.quotePrefix = True
    quoted = copy(model._style)
    for row in rows:
        cells = []
        for value in row:
            if isinstance(value, str) and value:
                cell = WriteOnlyCell(page)
                cell._value = ILLEGAL_CHARACTERS_RE.sub("", value)
                cell.data_type = "s"
                cell._style = quoted if value.startswith(FORMULA_STARTS) else plain
                cells.append(cell)
            else:
                cells.append(_cell_of(page, value))
        page.append(cells)
    content = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    book.save(content)
    content.seek(0)
    return content


def _cell_of(page: Worksheet, value: Cell) -> ExcelCell:
    cell: ExcelCell = WriteOnlyCell(page)
    _write(cell, value)
    return cell


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
        elif isinstance(value, datetime):
            cell.number_format = "yyyy-mm-dd hh:mm"
        elif isinstance(value, date):
            cell.number_format = "yyyy-mm-dd"


def _set_widths(page: Worksheet, sheet: Sheet) -> None:
    for column in range(len(sheet.headings)):
        texts = [
            sheet.headings[column],
            *(str(row[column]) for row in sheet.rows if row[column] is not None),
        ]
        widest = max(_width(text) for text in texts)
        page.column_dimensions[get_column_letter(column + 1)].width = min(widest + 2, WIDEST_COLUMN)


def _width(text: str) -> int:
    """A Chinese character is about two columns wide."""
    return sum(2 if ord(sign) > 0x2E7F else 1 for sign in text)
