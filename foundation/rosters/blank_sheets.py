"""Excel files of the rosters: an empty one to fill in, the result of a dry run, and what puts an import back (E8)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from io import BytesIO, StringIO
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from foundation.rosters.cells import REMOVE
from foundation.rosters.columns import ROSTERS, Roster
from foundation.rosters.comparing import changes_of
from foundation.rosters.models import RosterImport, RosterRow
from foundation.rosters.states import RowOutcome
from foundation.spreadsheets import table

_CHUNK = 1000
_TEXT = "@"
_ROWS_PREPARED = 500


def blank_sheet(kind: str) -> bytes:
    """An empty xlsx for one kind of roster: the header, text cells below, and a second sheet that explains."""
    roster = ROSTERS[kind]
    book = Workbook()
    sheet = book.active
    sheet.title = roster.kind.label
    sheet.freeze_panes = "A2"
    _write_row(sheet, [column.header for column in roster.all_columns], bold=True)
    for place in range(1, len(roster.all_columns) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 24
        # Excel keeps long codes and leading zeros only in cells that are text beforehand.
        for row in range(2, _ROWS_PREPARED + 2):
            sheet.cell(row, place).number_format = _TEXT
    help_sheet = book.create_sheet("填写说明")
    help_sheet.column_dimensions["A"].width = 20
    help_sheet.column_dimensions["B"].width = 10
    help_sheet.column_dimensions["C"].width = 40
    _write_row(help_sheet, ["列", "必填", "示例"], bold=True)
    for column in roster.all_columns:
        _write_row(help_sheet, [column.header, "是" if column.required else "", column.example])
    for note in (
        "导入只读取第一张工作表；信用代码、编号须为文本格式。",
        f"“操作”填“{REMOVE}”的行，把已在名单中的该记录移除；空白为增加或更新。",
    ):
        _write_row(help_sheet, [note])
    return _bytes(book)


def result_sheet(roster_import: RosterImport) -> IO[bytes]:
    """Every row of a dry run as xlsx: number, outcome, what is wrong or would change, and the values."""
    roster = ROSTERS[roster_import.kind]
    columns = roster.all_columns
    return table(
        "逐行结果",
        ("行号", "结果", "说明", *(column.header for column in columns)),
        (
            (
                str(row.row or ""),
                row.get_outcome_display(),
                row_remark(row),
                *(_cell(roster, column.key, shown_values(row)) for column in columns),
            )
            for row in rows_of(roster_import)
        ),
    )


def undo_sheet(roster_import: RosterImport) -> IO[bytes]:
    """The roster file that puts back what an applied import changed: new rows go, changed and removed ones return."""
    roster = ROSTERS[roster_import.kind]
    headings = [column.header for column in roster.all_columns]
    return table(roster.kind.label, headings, _undo_rows(roster_import))


def undo_csv(roster_import: RosterImport) -> bytes:
    """The same as CSV, which is written in a tenth of the time; to be imported, never opened in Excel."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(column.header for column in ROSTERS[roster_import.kind].all_columns)
    writer.writerows(_undo_rows(roster_import))
    return text.getvalue().encode()


def _undo_rows(roster_import: RosterImport) -> Iterator[list[str]]:
    roster = ROSTERS[roster_import.kind]
    own = {"city": roster_import.city.name.removesuffix("市")}
    skipped = set(roster_import.skipped_rows)
    still = {RowOutcome.SAME, RowOutcome.BAD}
    for row in rows_of(roster_import):
        if row.outcome in still or row.row in skipped:
            continue
        is_new = row.outcome == RowOutcome.NEW
        values = own | ({**row.values, "removal": REMOVE} if is_new else row.before)
        yield [_cell(roster, column.key, values) for column in roster.all_columns]


def rows_of(roster_import: RosterImport) -> Iterator[RosterRow]:
    """The rows of a dry run, fetched piece by piece."""
    for row in roster_import.rows.iterator(chunk_size=_CHUNK):
        row.roster_import = roster_import
        yield row


def shown_values(row: RosterRow) -> dict[str, Any]:
    """What the row is about: its own values, or those of the entry that goes."""
    return row.values or row.before


def row_remark(row: RosterRow) -> str:
    """What is wrong in a row, what it would change, and what to know about it."""
    changes = [f"{header}：{before} → {after}" for header, before, after in changes_of(row)]
    return "；".join([*row.problems, *changes, *row.notes])


def _cell(roster: Roster, key: str, values: dict[str, Any]) -> str:
    value = values.get(key)
    return "" if value in (None, "", []) else roster.spoken(key, value)


def _write_row(sheet: Worksheet, values: Sequence[str], *, bold: bool = False) -> None:
    """Every cell as text, so that a value beginning with = is never a formula."""
    cells = []
    for value in values:
        cell = Cell(sheet, value=value)
        cell.data_type = "s"
        cell.number_format = _TEXT
        cell.font = Font(bold=bold)
        cells.append(cell)
    sheet.append(cells)


def _bytes(book: Workbook) -> bytes:
    buffer = BytesIO()
    book.save(buffer)
    return buffer.getvalue()
