"""The rows of a page, keys first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet


def rows_of(found: QuerySet[Any], related: Sequence[str]) -> list[Any]:
    """The rows of a slice, in its order, each with what it shows of ``related``.

    A sort, or the way to a page far down, then carries keys alone and not all that fifty rows will show.
    """
    keys = list(found.values_list("pk", flat=True))
    rows = found.model._default_manager.select_related(*related).in_bulk(keys)
    return [rows[key] for key in keys]
