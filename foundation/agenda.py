"""Deadlines of a party, as one finds them in a calendar (V7). Each app says its own in its ``agenda`` module."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

# Days before a deadline on which messages and calendars remind (V7).
REMINDER_DAYS = (7, 3, 1)


@dataclass(frozen=True)
class Deadline:
    """One deadline. ``key`` stays the same when it moves; ``ends_at`` is the last moment in time; ``link`` is the path
    of the page where one acts."""

    key: str
    ends_at: datetime
    summary: str
    text: str
    link: str
