"""Sweeping sessions that are over."""

from __future__ import annotations

from datetime import datetime

from django.contrib.sessions.models import Session

SESSIONS_PER_RUN = 1_000


def remove_ended_sessions(at: datetime) -> int:
    """Remove sessions that ended, and with them what they held; how many. Nobody is let in by one meanwhile."""
    ended = Session.objects.filter(expire_date__lt=at).order_by("expire_date")
    keys = list(ended.values_list("pk", flat=True)[:SESSIONS_PER_RUN])
    if not keys:
        return 0
    return Session.objects.filter(pk__in=keys, expire_date__lt=at).delete()[0]
