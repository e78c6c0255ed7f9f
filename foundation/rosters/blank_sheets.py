"""Excel files of the rosters: an empty one to fill in, and the result of a dry run (E8)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from foundation.rosters.cells import REMOVE
from foundation.rosters.columns import ROSTERS, spoken_value
from foundation.rosters.models import RosterImport
from foundation.rosters.states import RowOutcome

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
    notes = ["导入只读取第一张工作表；信用代码、编号须为文本格式。"]
    if roster.removable:
        notes.append(f"“操作”填“{REMOVE}”的行，把已在名单中的该记录移除；空白为增加或更新。")
    for note in notes:
        _write_row(help_sheet, [note])
    return _bytes(book)


def result_sheet(roster_import: RosterImport) -> bytes:
    """Every row of a dry run as xlsx: number, outcome, what is wrong or would change, and the values."""
    roster = ROSTERS[roster_import.kind]
    book = Workbook()
    sheet = book.active
    sheet.title = "逐行结果"
    sheet.freeze_panes = "A2"
    columns = roster.all_columns
    _write_row(sheet, ["行号", "结果", "说明", *(column.header for column in columns)], bold=True)
    for row in roster_import.rows:
        values = [row["values"].get(column.key, "") for column in columns]
        shown = ["" if value in (None, "", []) else spoken_value(value) for value in values]
        _write_row(
            sheet, [str(row["row"]), RowOutcome(row["outcome"]).label, row_remark(row), *shown]
        )
    return _bytes(book)


def row_remark(row: dict) -> str:
    """What is wrong in a row of ``RosterImport.rows``, what it would change, and what to know about it."""
    changes = [f"{header}：{before} → {after}" for header, before, after in row["changes"]]
    return "；".join([*row["problems"], *changes, *row["notes"]])


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
