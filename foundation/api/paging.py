"""Lists in pages: stable while rows are added, and bounded however many there are."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as BadBase64
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.api.fields import In
from foundation.requests import whole_number

PAGE, PAGE_MAX = 50, 100
CURSOR_LENGTH_MAX = 40


class PageQuery(In):
    """What every list takes."""

    cursor = serializers.CharField(
        required=False, max_length=CURSOR_LENGTH_MAX, help_text="上一页答复中的 next；首页不填"
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=PAGE_MAX, default=PAGE, help_text="每页条数"
    )

    def validate_cursor(self, text: str) -> int:
        """The place after which the page begins."""
        place = _place(text)
        if place is None:
            raise serializers.ValidationError("游标无效，请从首页重新读取。")
        return place


@dataclass(frozen=True)
class Page:
    """Rows of a list, and the cursor of the next page, None behind the last one."""

    items: list[Any]
    next: str | None


def page_of(rows: QuerySet[Any], *, by: str, after: int | None, limit: int) -> Page:
    """The page after a place. ``by``: a unique whole-number field, "-pk" for the newest first."""
    name, falls = by.removeprefix("-"), by.startswith("-")
    if after is not None:
        rows = rows.filter(**{f"{name}__{'lt' if falls else 'gt'}": after})
    found = list(rows.order_by(by)[: limit + 1])
    items = found[:limit]
    more = len(found) > limit
    return Page(items, _cursor(getattr(items[-1], name)) if more else None)


def _cursor(place: int) -> str:
    return urlsafe_b64encode(str(place).encode()).decode().rstrip("=")


def _place(cursor: str) -> int | None:
    if not cursor.isascii():
        return None
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (BadBase64, ValueError):
        return None
    return whole_number(text)
