"""Comparing the names of parties and the numbers on papers (O3, O5)."""

from __future__ import annotations

import re
import unicodedata

_BRACKETS = str.maketrans(
    {"〔": "(", "〕": ")", "【": "(", "】": ")", "[": "(", "]": ")", "［": "(", "］": ")"}
)

# What is no writing at all, and turns the reading order or hides in a name.
_NO_WRITING = frozenset({"Cc", "Cf", "Cs"})
# Controls, format characters as the zero-width space, surrogates, and marks that only change the one before.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Mn", "Me"})


def written(text: str) -> str:
    """``text`` as it is kept and shown: without blanks around it, and without characters that are no writing."""
    return "".join(c for c in text if unicodedata.category(c) not in _NO_WRITING).strip()


def without_unseen(text: str) -> str:
    """``text`` without spaces and what nobody sees: two that look alike must not differ by it."""
    return "".join(c for c in re.sub(r"\s+", "", text) if unicodedata.category(c) not in _UNSEEN)


def normal_name(name: str) -> str:
    """A registered name without differences of width, brackets, spaces and what nobody sees."""
    narrow = unicodedata.normalize("NFKC", name).translate(_BRACKETS)
    return without_unseen(narrow).casefold()


def same_name(one: str, other: str) -> bool:
    """Whether two names are equal after normalising width, brackets and spaces (O3)."""
    return bool(normal_name(one)) and normal_name(one) == normal_name(other)


def normal_number(number: str) -> str:
    """A number of an invoice, receipt or contract without differences of width, case, spaces and what nobody sees (O5)."""
    return without_unseen(unicodedata.normalize("NFKC", number)).upper()
