"""What opens an Excel file: xlsx bytes in, lines of JSON out, in a bounded process (F4, foundation.bounded).

A sheet of a few hundred bytes can claim 17 thousand million cells, and the reader would take the memory for all of
them. Here that ends the process, and the caller says no.
"""

from __future__ import annotations

import json
from datetime import date, datetime
from io import BytesIO
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

CELL_LENGTH_MAX = 2000

# Exit codes the caller tells apart.
READ = 0
TOO_LARGE = 3
NEEDS_PASSWORD = 4
UNREADABLE = 5


def cell(value: Any) -> Any:
    """A cell as JSON: text, number, {"day": ISO date}, or None for an empty one."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return {"day": value.date().isoformat()}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    text = str(value)[:CELL_LENGTH_MAX] if value is not None else ""
    return text or None


def main(arguments: list[str], content: bytes) -> tuple[int, bytes]:
    """The first sheet as lines of JSON: the number of rows, then each row; ``arguments``: most rows, most columns."""
    rows_max, columns_max = map(int, arguments)
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        last_row, last_column = sheet.end or (0, 0)
        if last_row >= rows_max or last_column >= columns_max:
            return TOO_LARGE, b""
        # The empty rows above are kept, so that a row's place is the number Excel shows.
        lines = [json.dumps([cell(value) for value in row]) for row in sheet.iter_rows()]
    except PasswordError:
        return NEEDS_PASSWORD, b""
    except (CalamineError, ValueError, IndexError, OSError):
        return UNREADABLE, b""
    return READ, "\n".join([str(len(lines)), *lines]).encode()
