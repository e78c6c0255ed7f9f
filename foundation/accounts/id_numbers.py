"""Resident identity numbers, GB 11643 (E2)."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError

from foundation.errors import Refusal

_SHAPE = re.compile(r"[1-9][0-9]{16}[0-9X]")
BIRTH_YEAR_MIN = 1900


class BadIdNumber(Refusal):
    """What was typed is no resident identity number (E2)."""

    rule = "E2"


def check_id_number(value: str, *, field: str = "", today: date | None = None) -> str:
    """The number without differences of width, case and blanks; raises BadIdNumber.

    Its length, check digit and birth date are checked. The place code is not: people keep the number of a county
    that has since been split or renamed. With ``today``, a birth date after it is refused.
    """
    number = re.sub(r"\s+", "", unicodedata.normalize("NFKC", value)).upper()
    if not _SHAPE.fullmatch(number):
        raise BadIdNumber("身份证号码应为 18 位，请核对后重新填写。", field=field)
    if number[-1] != ric.calc_check_digit(number):
        raise BadIdNumber("身份证号码有误（校验位不符），请核对后重新填写。", field=field)
    try:
        born = ric.get_birth_date(number)
    except ValidationError:
        born = None
    if born is None or born.year < BIRTH_YEAR_MIN or (today is not None and born > today):
        raise BadIdNumber("身份证号码中的出生日期有误，请核对后重新填写。", field=field)
    return number
