"""Comparing the names of parties and the numbers on papers (O3, O5)."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = str.maketrans(
    {"〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "［": "(", "］": ")"}
)


def normal_name(name: str) -> str:
    """A registered name without differences of width, brackets and spaces."""
    narrow = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return re.sub(r"\s+", "", narrow).casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names are equal after normalising width, brackets and spaces (O3)."""
    return bool(one.strip()) and normal_name(one) == normal_name(other)


def normal_number(number: str) -> str:
    """An invoice or receipt number without differences of width, case and spaces (O5)."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", number)).upper()
