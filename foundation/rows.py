"""The rows of a page, keys first."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet


def rows_of(found: QuerySet[Any], whole: QuerySet[Any]) -> list[Any]:
    """The rows of a slice, in its order, each as ``whole`` has it with all that it shows.

    A sort, or the way to a page far down, then carries keys alone and not all that fifty rows will show.
    """
    keys = list(found.values_list("pk", flat=True))
    rows = whole.in_bulk(keys)
    return [rows[key] for key in keys if key in rows]
