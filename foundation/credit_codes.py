"""Unified social credit codes 统一社会信用代码, GB 32100-2015 (E2)."""

from __future__ import annotations

import re
import unicodedata

from stdnum.cn import uscc

from foundation.errors import Refusal

# Registration authority and kind of organisation, division code, organisation code, check character.
_SHAPE = re.compile(r"[0-9ANY][0-9A-HJ-NPQRTUWXY][0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")


class BadCreditCode(Refusal):
    """What was typed is no unified social credit code (E2)."""

    rule = "E2"


def check_credit_code(value: str, *, field: str = "credit_code") -> str:
    """The code without differences of width, case, blanks and hyphens; raises BadCreditCode."""
    code = re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", value)).upper()
    if not _SHAPE.fullmatch(code):
        raise BadCreditCode(
            "统一社会信用代码应为 18 位数字和大写字母（不含 I、O、S、V、Z），请对照营业执照填写。",
            field=field,
        )
    if code[-1] != uscc.calc_check_digit(code):
        raise BadCreditCode(
            "统一社会信用代码有误（校验码不符），请对照营业执照核对后重新填写。", field=field
        )
    return code
