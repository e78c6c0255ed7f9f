"""Reading tables of cities and districts from CSV files (G1)."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

COLUMNS = ("city_code", "city_name", "city_slug", "district_code", "district_name")
GUANGDONG = Path(__file__).parent / "data" / "guangdong.csv"

Row = dict[str, str]


def read_rows(lines: Iterable[str]) -> list[Row]:
    """The rows of a CSV with the columns COLUMNS, blanks trimmed; ValueError when a column is missing."""
    reader = csv.DictReader(lines)
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or [])]
    if missing:
        raise ValueError(f"missing columns: {', '.join(missing)}")
    return [{column: (row[column] or "").strip() for column in COLUMNS} for row in reader]


def read_file(path: Path) -> list[Row]:
    """The rows of a UTF-8 CSV file, with or without a byte order mark."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return read_rows(lines)


def guangdong_rows() -> list[Row]:
    """The 18 participating cities of Guangdong with their districts and counties (GB/T 2260)."""
    return read_file(GUANGDONG)
