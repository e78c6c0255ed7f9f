"""Jobs of the API."""

from __future__ import annotations

from datetime import datetime

from foundation.api.operations import remove_old_answers

AT_ONCE = 5000


def forget_answers(at: datetime) -> int:
    """Remove the answers that were kept for repeated calls and are too old; how many."""
    return remove_old_answers(at=at, at_most=AT_ONCE)
