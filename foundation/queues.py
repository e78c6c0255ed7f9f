"""What the desk's home shows: queues of files, with their number and age, by role.

settings.DESK_QUEUES names the queries, each ``(user, at) -> list[Queue]``, asked without being imported: the home of a
role shows what apps on higher floors know. Each queue counts the very records that the list behind it shows.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Min, Q, QuerySet
from django.utils.module_loading import import_string

from foundation.accounts.models import User
from foundation.moments import spoken_span

# Natural days after which a waiting file is called late on the home page; nothing depends on it (ADR 0023).
LATE_DAYS = 7


@dataclass(frozen=True)
class Queue:
    """Files that wait. ``on``: whom they wait on, empty for the account itself; ``url``: the list with just these.

    ``start_url``: where the next of them is taken by POST, empty when there is no review screen. ``late``: how many
    have waited longer than ``late_days``; ``waited``: how long the oldest has, in words.
    """

    label: str
    count: int
    oldest_at: datetime | None
    late: int
    url: str
    on: str = ""
    start_url: str = ""
    start_label: str = "领取下一件"
    late_days: int = LATE_DAYS
    waited: str = ""


def queue(
    label: str,
    records: QuerySet[Any],
    *,
    since: str,
    at: datetime,
    url: str,
    on: str = "",
    start_url: str = "",
    late_days: int = LATE_DAYS,
) -> Queue:
    """The queue of ``records``, which wait since the moment in their field ``since``; one query."""
    limit = at - timedelta(days=late_days)
    row = (
        records.order_by()
        .select_related(None)
        .aggregate(
            waiting=Count("pk", distinct=True),
            oldest=Min(since),
            late=Count("pk", distinct=True, filter=Q(**{f"{since}__lt": limit})),
        )
    )
    oldest = row["oldest"]
    return Queue(
        label=label,
        count=row["waiting"],
        oldest_at=oldest,
        late=row["late"],
        url=url,
        on=on,
        start_url=start_url,
        late_days=late_days,
        waited=spoken_span(at - oldest) if oldest is not None else "",
    )


def queues_of(user: User, at: datetime) -> list[Queue]:
    """Every queue of the account's role and reach, in the order of the work."""
    return [found for path in settings.DESK_QUEUES for found in import_string(path)(user, at)]
