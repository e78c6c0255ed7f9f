"""Names of the directory that a mistyped name may have meant (P1).

Only names that are nearly what was typed come back, and few of them: whoever does not know an institution's name learns
none, so the directory is not listed this way.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from functools import reduce
from operator import add

from django.db.models import Case, IntegerField, Value, When

from foundation.names import normal_name
from foundation.rosters.models import Accreditation

# What nearly every name has; the letters that tell institutions apart are the others.
_COMMON = re.compile(
    r"股份有限公司|有限责任公司|有限公司|分公司|公司|集团|广东省|广东|[\(\)·,，.。、-]"
)
_TYPED_MIN = 4
_PIECE = 2
_CANDIDATES_MAX = 30
_LIKENESS_MIN = 0.75
SUGGESTIONS_MAX = 3


def near_names(name: str) -> list[str]:
    """At most three full names of the directory nearly like ``name``, the likest first; none for a few letters."""
    typed = normal_name(name)
    core = _core(typed)
    if len(core) < _TYPED_MIN:
        return []
    pieces = {core[place : place + _PIECE] for place in range(len(core) - _PIECE + 1)}
    # One wrong letter spoils two pieces, so the right name shares most of the others.
    shared = reduce(
        add,
        (
            Case(
                When(name_key__contains=piece, then=Value(1)),
                default=Value(0),
                output_field=IntegerField(),
            )
            for piece in sorted(pieces)
        ),
    )
    found = (
        Accreditation.objects.exclude(name_key=typed)
        .annotate(shared=shared)
        .filter(shared__gte=len(pieces) // 2)
        .order_by("-shared", "name_key")
        .values_list("name", "name_key")
    )
    likeness = {
        listed: SequenceMatcher(None, core, _core(key), autojunk=False).ratio()
        for listed, key in found[:_CANDIDATES_MAX]
    }
    near = [listed for listed, ratio in likeness.items() if ratio >= _LIKENESS_MIN]
    return sorted(near, key=lambda listed: -likeness[listed])[:SUGGESTIONS_MAX]


def _core(key: str) -> str:
    """A normal name without the words that nearly every name has."""
    return _COMMON.sub("", key)
