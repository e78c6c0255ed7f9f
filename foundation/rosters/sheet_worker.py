"""The process that opens an Excel file: xlsx bytes on standard input, cells as JSON on standard output.

Run as a script and alone (F4): a sheet of a few hundred bytes can claim 17 thousand million cells, and the reader
would take the memory for all of them. Here that ends this process, and the caller says no. Nothing of the portal is
imported, so that it starts fast.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime
from io import BytesIO
from typing import Any

MEMORY_MAX_BYTES = 512 * 1024 * 1024
CPU_SECONDS_MAX = 15
CELL_LENGTH_MAX = 2000

# Exit codes the caller tells apart from a crash.
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


def main(rows_max: int, columns_max: int) -> int:
    """Write the first sheet's rows as a JSON list of lists; returns the exit code."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX_BYTES, MEMORY_MAX_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    content = sys.stdin.buffer.read()
    try:
        sheet = CalamineWorkbook.from_filelike(BytesIO(content)).get_sheet_by_index(0)
        last_row, last_column = sheet.end or (0, 0)
        if last_row >= rows_max or last_column >= columns_max:
            return TOO_LARGE
        # The empty area is kept, so that a row's place is the number Excel shows.
        rows = [[cell(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    except PasswordError:
        return NEEDS_PASSWORD
    except (CalamineError, ValueError, IndexError, OSError):
        return UNREADABLE
    sys.stdout.write(json.dumps(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
