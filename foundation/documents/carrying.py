"""Files that came with a form, kept for the form that is shown again: nobody chooses them twice (ADR 13)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from django.http import HttpRequest, QueryDict
from django.utils.datastructures import MultiValueDict

from foundation.documents.fields import STAGED_SUFFIX
from foundation.documents.operations import stage_files
from foundation.errors import Refusal
from foundation.requests import actor_of

CARRIED_MAX = 20
NOT_FORM_DATA = frozenset({"csrfmiddlewaretoken", "more", "confirmed"})


def carry_uploads(
    request: HttpRequest, names: str, *, at: datetime
) -> tuple[QueryDict, MultiValueDict]:
    """The data and files of a form whose uploads, named by the pattern ``names``, are staged and named in the data.

    A file that is refused stays among the files, where its field says why.
    """
    data, files = request.POST.copy(), request.FILES.copy()
    chosen = [name for name in request.FILES if re.fullmatch(names, name)]
    for name in chosen[:CARRIED_MAX]:
        given = request.FILES.getlist(name)
        try:
            kept = stage_files(by=actor_of(request), at=at, files=given, merged=len(given) > 1)
        except Refusal:
            for file in given:
                file.seek(0)
            continue
        # Whoever chooses anew means the new choice.
        data[f"{name}{STAGED_SUFFIX}"] = str(kept.pk)
        del files[name]
    return data, files


def carried(data: QueryDict) -> Iterable[tuple[str, str]]:
    """Names and values of what was typed and staged, for hidden fields of a page in between."""
    for name, values in data.lists():
        if name not in NOT_FORM_DATA:
            for value in values:
                yield name, value
