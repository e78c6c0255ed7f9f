"""Looking for a word in text."""

from __future__ import annotations

from functools import reduce
from operator import or_

from django.db.models import Q


def holding(word: str, *fields: str) -> Q:
    """Whether one of the fields has the word in it, in capitals or not.

    Chinese has no capitals: the database then need not fold the text of every row, and knows how rare the word is.
    """
    lookup = "contains" if word.upper() == word.lower() else "icontains"
    return reduce(or_, (Q(**{f"{field}__{lookup}": word}) for field in fields))
