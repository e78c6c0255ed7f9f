"""Rows of an Excel or CSV file, as they stand in it (E8). What they mean is said in ``columns``."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date
from io import BytesIO, TextIOWrapper
from pathlib import PurePosixPath
from typing import IO

from foundation import bounded
from foundation.errors import Refusal
from foundation.rosters import sheet_worker

MAX_BYTES = 20 * 1024 * 1024
ROWS_MAX = 100_000
COLUMNS_MAX = 60
LIMITS = bounded.Limits(
    memory_bytes=512 * bounded.MIB, cpu_seconds=30, seconds=45, output_bytes=64 * bounded.MIB
)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv"

_ZIP_START = b"PK\x03\x04"
# Excel 97–2003, and any Excel file that asks for a password.
_OLE_START = b"\xd0\xcf\x11\xe0"

Cell = str | float | date


class UnableToReadRoster(Refusal):
    """A roster file that cannot be read at all; single bad rows are told in the dry run (E8)."""

    rule = "E8"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="file")


@dataclass(frozen=True)
class Sheet:
    """The first sheet of a file: how many rows it has, and those that are not empty, one at a time."""

    total: int
    rows: Iterator[SheetRow]


@dataclass(frozen=True)
class SheetRow:
    """One row that is not empty; ``number`` is what Excel shows at its left. Empty cells are ""."""

    number: int
    cells: tuple[Cell, ...]


def media_type_of(name: str, content: bytes) -> str:
    """XLSX or CSV, by content, and the extension must agree; raises UnableToReadRoster."""
    if not content:
        raise UnableToReadRoster("文件是空的，请重新选择文件。")
    if len(content) > MAX_BYTES:
        raise UnableToReadRoster("文件超过 20 MB，请拆分后分次导入。")
    extension = PurePosixPath(name.lower()).suffix
    if content.startswith(_OLE_START):
        raise UnableToReadRoster(
            "文件是旧版 Excel（.xls）或设置了打开密码，请另存为不加密的 .xlsx 后重新上传。"
        )
    if content.startswith(_ZIP_START) and extension == ".xlsx":
        return XLSX
    if extension == ".csv" and not content.startswith(_ZIP_START) and b"\0" not in content:
        return CSV
    raise UnableToReadRoster(
        "只接受 Excel（.xlsx）或 CSV（.csv，UTF-8 或 GB18030 编码），且扩展名须与内容一致。"
    )


@contextmanager
def open_sheet(media_type: str, content: bytes) -> Iterator[Sheet]:
    """The first sheet, its rows read as they are asked for; raises UnableToReadRoster, before the first row.

    Memory is that of the file and one row: no more than MAX_BYTES, however many cells the file claims.
    """
    if media_type == XLSX:
        with _xlsx(content) as sheet:
            yield sheet
    else:
        yield _csv(content)


def read_rows(media_type: str, content: bytes) -> list[SheetRow]:
    """All rows of a small file at once, without empty ones; raises UnableToReadRoster."""
    with open_sheet(media_type, content) as sheet:
        return list(sheet.rows)


def clean_text(text: str) -> str:
    """Text without marks that do not show, white space made single."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cf", "Cs"}).strip()


@contextmanager
def _xlsx(content: bytes) -> Iterator[Sheet]:
    """Ask ``sheet_worker`` in a process of its own, bounded in time and memory (F4)."""
    with ExitStack() as open_files:
        code, lines = _worked(open_files, content)
        if code == sheet_worker.TOO_LARGE:
            raise UnableToReadRoster(
                f"工作表超过 {ROWS_MAX} 行或 {COLUMNS_MAX} 列，请删去多余的行列或拆分后分次导入。"
            )
        if code == sheet_worker.NEEDS_PASSWORD:
            raise UnableToReadRoster("文件设置了打开密码，请取消密码后重新上传。")
        if code != sheet_worker.READ:
            raise UnableToReadRoster("文件无法读取，请用 Excel 打开检查后另存为 .xlsx 重新上传。")
        total = int(lines.readline())
        rows = (tuple(_cell(value) for value in json.loads(line)) for line in lines)
        yield Sheet(total, _not_empty(enumerate(rows, start=1)))


def _worked(open_files: ExitStack, content: bytes) -> tuple[int, IO[bytes]]:
    arguments = [str(ROWS_MAX + 1), str(COLUMNS_MAX)]
    try:
        return open_files.enter_context(
            bounded.result_file(sheet_worker.__name__, arguments, content, LIMITS)
        )
    except bounded.WorkerDied:
        raise UnableToReadRoster(
            "文件过大或过于复杂，无法读取，请删去多余的格式和工作表后重新上传。"
        ) from None
    except bounded.TooBusy:
        raise UnableToReadRoster("正在处理的文件较多，请稍后重新上传。") from None


def _not_empty(raw: Iterable[tuple[int, tuple[Cell, ...]]]) -> Iterator[SheetRow]:
    found = False
    for number, cells in raw:
        if any(cell != "" for cell in cells):
            found = True
            yield SheetRow(number, cells)
    if not found:
        raise UnableToReadRoster("文件中没有内容；Excel 文件只读取第一张工作表。")


def _cell(value: object) -> Cell:
    if isinstance(value, dict):
        return date.fromisoformat(value["day"])
    if isinstance(value, int | float):
        return float(value)
    return clean_text(value) if isinstance(value, str) else ""


def _csv(content: bytes) -> Sheet:
    encoding = _encoding_of(content)
    # Once through beforehand: a file that breaks off in its last row is refused before the first is looked at.
    total = sum(1 for _ in _csv_rows(content, encoding))
    return Sheet(total, _not_empty(_csv_rows(content, encoding)))


def _csv_rows(content: bytes, encoding: str) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    number = 0
    try:
        text = TextIOWrapper(BytesIO(content), encoding=encoding, newline="")
        for number, row in enumerate(csv.reader(text, strict=True), start=1):
            if number > ROWS_MAX + 1:
                raise UnableToReadRoster(f"文件超过 {ROWS_MAX} 行，请拆分后分次导入。")
            if len(row) > COLUMNS_MAX:
                raise UnableToReadRoster(f"第 {number} 行超过 {COLUMNS_MAX} 列，请检查文件。")
            yield number, tuple(clean_text(value) for value in row)
    except csv.Error as error:
        raise UnableToReadRoster(
            f"CSV 第 {number + 1} 行的引号或分隔有误，请检查后重新上传。"
        ) from error


def _encoding_of(content: bytes) -> str:
    """UTF-8 with or without its mark, else GB18030, which Chinese Excel writes."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            for _ in TextIOWrapper(BytesIO(content), encoding=encoding, newline=""):
                pass
        except UnicodeDecodeError:
            continue
        return encoding
    raise UnableToReadRoster("CSV 的编码不是 UTF-8 或 GB18030，请另存为“CSV UTF-8”后重新上传。")
