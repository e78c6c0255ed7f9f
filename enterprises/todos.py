"""What the yearly file asks of an enterprise, for its home page (N2)."""

from __future__ import annotations

from datetime import datetime

from enterprises.progress import next_step
from enterprises.queries import enterprise_of, latest_qualification, qualification_of
from foundation.accounts.models import Role, User
from foundation.moments import local_day
from foundation.todos import Todo


def registration_todos(user: User, at: datetime) -> list[Todo]:
    """The next step of this year's file, when it is the enterprise's turn."""
    if user.role != Role.ENTERPRISE:
        return []
    year = local_day(at).year
    enterprise = enterprise_of(user)
    file = qualification_of(enterprise, year) if enterprise else None
    step = next_step(
        enterprise=enterprise,
        qualification=file,
        has_earlier_file=bool(
            enterprise and file is None and latest_qualification(enterprise, before=year)
        ),
        # Only a file that has passed is asked about them, and nothing of it is due then.
        conditions=[],
        year=year,
        at=at,
    )
    return [Todo(step.sentence, step.url, step.label)] if step.is_due else []
