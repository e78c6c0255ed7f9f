"""The desk's queue of reported violations (S1)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import Queue, queue
from foundation.rosters.queries import violations_visible_to
from foundation.rosters.states import ViolationState


def queues(user: User, at: datetime) -> list[Queue]:
    """Violations that the bureau has to decide (S1)."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU} or user.city_id is None:
        return []
    url = reverse("admin:rosters_violation_changelist")
    return [
        queue(
            "违规待决定",
            violations_visible_to(user).filter(state=ViolationState.REPORTED),
            since="reported_at",
            at=at,
            url=f"{url}?state__exact={ViolationState.REPORTED}",
            on="" if user.role == Role.BUREAU else "市工业和信息化局",
        )
    ]
