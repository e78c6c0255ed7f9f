"""The desk's queues of reported violations (S1) and of roster files that were only tried (E8)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import Queue, queue
from foundation.rosters.queries import imports_visible_to, violations_visible_to
from foundation.rosters.states import ImportState, ViolationState


def queues(user: User, at: datetime) -> list[Queue]:
    """Violations that the bureau has to decide (S1), and its roster files between dry run and import (E8)."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU} or user.city_id is None:
        return []
    own = user.role == Role.BUREAU
    url = reverse("admin:rosters_violation_changelist")
    imports = reverse("admin:rosters_rosterimport_changelist")
    return [
        queue(
            "违规待决定",
            violations_visible_to(user).filter(state=ViolationState.REPORTED),
            since="reported_at",
            at=at,
            url=f"{url}?state__exact={ViolationState.REPORTED}",
            on="" if own else "市工业和信息化局",
        ),
        queue(
            "名单已试运行待导入",
            imports_visible_to(user).filter(state=ImportState.CHECKED),
            since="checked_at",
            at=at,
            url=f"{imports}?state__exact={ImportState.CHECKED}",
            on="" if own else "市工业和信息化局",
        ),
    ]
