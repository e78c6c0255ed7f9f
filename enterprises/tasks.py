"""Sweepers of the yearly qualification. Doubled, late or lost runs change nothing."""

from __future__ import annotations

from datetime import datetime

from enterprises.operations.drafting import drop_drafts
from enterprises.operations.reminding import remind_reviewers
from foundation.moments import SHANGHAI, local_day
from foundation.workdays.queries import CalendarUnknown, is_workday

FROM_HOUR = 8


def remove_old_drafts(at: datetime) -> int:
    """Remove what was typed for a year that is over and never saved: nobody is shown it again (F5); how many."""
    return drop_drafts(before=local_day(at).year)


def remind(at: datetime) -> int:
    """Tell reviewers of the files that wait, from eight in the morning of each working day (V7); how many messages."""
    local = at.astimezone(SHANGHAI)
    if local.hour < FROM_HOUR:
        return 0
    try:
        working = is_workday(local.date())
    except CalendarUnknown:
        # Asking one time too often does no harm.
        working = True
    return remind_reviewers(at=at) if working else 0
