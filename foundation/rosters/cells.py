"""What a single cell of a roster file may be, and the value it becomes (E8).

Each function takes a cell and returns a JSON value; BadCell says in Chinese what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from foundation.credit_codes import check_credit_code
from foundation.errors import Refusal
from foundation.names import normal_name, normal_number
from foundation.rosters.sheets import Cell

YEAR_MIN, YEAR_MAX = 1990, 2100
SERVICE_TYPE_LENGTH_MAX = 40
NUMBER_LENGTH_MAX = 80
REMOVE = "移除"


class BadCell(Exception):
    """A cell that cannot be what its column asks for; the text is Chinese, for the bureau."""


def plain_text(cell: Cell) -> str:
    """Text as it stands; a number has lost its leading zeros or last digits in Excel, so it is refused."""
    if isinstance(cell, str):
        if re.fullmatch(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]+", cell):
            raise BadCell(f"“{cell}”是科学计数法，原来的数字已经丢失，请按文本格式重新填写")
        return cell
    if isinstance(cell, float):
        raise BadCell("是数字格式，前面的 0 或末尾几位可能已经丢失，请把该列设为文本后重新填写")
    raise BadCell("是日期格式，请把该列设为文本后重新填写")


def text_up_to(length: int) -> Callable[[Cell], str]:
    """Text of at most ``length`` characters."""

    def parse(cell: Cell) -> str:
        text = plain_text(cell)
        if len(text) > length:
            raise BadCell(f"超过 {length} 个字")
        return text

    return parse


def credit_code(cell: Cell) -> str:
    """A verified credit code; "" for an empty cell (E2)."""
    text = plain_text(cell)
    try:
        return check_credit_code(text) if text else ""
    except Refusal as refusal:
        # The column is named before it already.
        raise BadCell(refusal.sentence.removeprefix("统一社会信用代码").rstrip("。")) from None


def paper_number(cell: Cell) -> str:
    """The number of an invoice or contract, as O9 compares it."""
    number = normal_number(plain_text(cell))
    if len(number) > NUMBER_LENGTH_MAX:
        raise BadCell(f"超过 {NUMBER_LENGTH_MAX} 个字符")
    return number


def year(cell: Cell) -> int:
    """A year; Excel may hold it as a number."""
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    match = re.fullmatch(r"([0-9]{4})(\s*年度?)?", text)
    if isinstance(cell, date) or not match or not YEAR_MIN <= int(match[1]) <= YEAR_MAX:
        raise BadCell("应为四位年份，例如 2020")
    return int(match[1])


def day(cell: Cell) -> str | None:
    """A day as ISO text; None for an empty cell. A bare number is a day that lost its format."""
    if cell == "":
        return None
    if isinstance(cell, str):
        match = re.fullmatch(
            r"([0-9]{4})\s*[-/.年]\s*([0-9]{1,2})\s*[-/.月]\s*([0-9]{1,2})\s*日?", cell
        )
        match = match or re.fullmatch(r"([0-9]{4})([0-9]{2})([0-9]{2})", cell)
        try:
            cell = date(*map(int, match.groups())) if match else cell
        except ValueError:
            raise BadCell(f"“{cell}”不是存在的日期") from None
    if not isinstance(cell, date) or not YEAR_MIN <= cell.year <= YEAR_MAX:
        raise BadCell("应为日期，例如 2020-12-31")
    return cell.isoformat()


def choice(
    choices: type[models.TextChoices], aliases: Mapping[str, models.TextChoices]
) -> Callable[[Cell], str]:
    """A choice by its label or one of the other words in use for it."""
    words = {normal_name(choice.label): choice for choice in choices}
    words |= {normal_name(word): choice for word, choice in aliases.items()}

    def parse(cell: Cell) -> str:
        text = plain_text(cell)
        found = words.get(normal_name(text))
        if text and found is None:
            raise BadCell(
                f"没有“{text}”这一项，应为：{'；'.join(choice.label for choice in choices)}"
            )
        return str(found) if found is not None else ""

    return parse


def service_types(cell: Cell) -> list[str]:
    """Service types separated by 、 or the like, each once (P4)."""
    names = list(
        dict.fromkeys(name for name in re.split(r"[、,，;；/|\s]+", plain_text(cell)) if name)
    )
    if any(len(name) > SERVICE_TYPE_LENGTH_MAX for name in names):
        raise BadCell(f"每个服务类型不超过 {SERVICE_TYPE_LENGTH_MAX} 个字，多个之间用顿号分开")
    # Products are compared with these names (P4), so a misspelt one would close a provider's door unseen.
    if path := getattr(settings, "SERVICE_CATEGORY_QUERY", ""):
        unknown = [name for name in names if not import_string(path)(name)]
        if unknown:
            raise BadCell(
                f"工作方案中没有服务类型“{'、'.join(unknown)}”，请按工作方案三（二）的名称填写"
            )
    return names


def city_name(cell: Cell) -> str:
    """The name of a city as the regions have it, without 市."""
    return plain_text(cell).removesuffix("市")


def removal(cell: Cell) -> str:
    """REMOVE, or "" for adding and updating."""
    text = plain_text(cell)
    if text not in {"", "增加", "新增", "更新", REMOVE}:
        raise BadCell(f"只能填“增加”或“{REMOVE}”，空白视为增加")
    return REMOVE if text == REMOVE else ""
