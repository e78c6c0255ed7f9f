"""The desk's queues of enterprise files (E6)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from enterprises.queries import qualifications_visible_to
from enterprises.states import QualificationState
from foundation.accounts.models import Role, User
from foundation.queues import Queue, queue


def queues(user: User, at: datetime) -> list[Queue]:
    """Files to check, and those sent back to the enterprises; for contractor and bureau of the city."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU} or user.city_id is None:
        return []
    files = qualifications_visible_to(user)
    url = reverse("admin:enterprises_qualification_changelist")
    checks = user.role == Role.CONTRACTOR
    submitted = queue(
        "企业资料待核对",
        files.filter(state=QualificationState.SUBMITTED),
        since="submitted_at",
        at=at,
        url=f"{url}?state__exact={QualificationState.SUBMITTED}",
        on="" if checks else "承办单位",
        start_url=reverse("admin:enterprises_qualification_next") if checks else "",
    )
    returned = queue(
        "企业资料退回补正",
        files.filter(state=QualificationState.RETURNED),
        since="decided_at",
        at=at,
        url=f"{url}?state__exact={QualificationState.RETURNED}",
        on="企业",
    )
    return [submitted, returned]
