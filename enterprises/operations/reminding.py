"""Telling the contractor each working morning how many files wait to be checked (N2, V7)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Count, Min

from enterprises.models import Qualification
from enterprises.states import QualificationState
from foundation.accounts.queries import contractor_accounts_of
from foundation.moments import local_day, spoken_day
from foundation.notices.models import Message
from foundation.notices.operations import post_messages

LIST = "/admin/enterprises/qualification/?state__exact=submitted"


def remind_reviewers(*, at: datetime) -> int:
    """One message a day to each contractor of a city where files wait; how many.

    Not one for each file: thousands are handed in before a batch opens, and the desk lists them.
    """
    waiting = (
        Qualification.objects.filter(state=QualificationState.SUBMITTED)
        .values("enterprise__city", "enterprise__city__name")
        .annotate(count=Count("pk"), since=Min("submitted_at"))
        .order_by("enterprise__city")
    )
    day, sent = local_day(at), 0
    for row in waiting:
        key = f"qualifications_waiting:{row['enterprise__city']}:{day:%Y%m%d}"
        accounts = contractor_accounts_of(row["enterprise__city"]).values_list("pk", flat=True)
        told = set(
            Message.objects.filter(key__in=[f"{key}:{pk}" for pk in accounts]).values_list(
                "recipient", flat=True
            )
        )
        new = [pk for pk in accounts if pk not in told]
        post_messages(
            at=at,
            to=new,
            event="qualifications_waiting",
            params={
                "city": row["enterprise__city__name"],
                "count": row["count"],
                "day": spoken_day(day),
                "since": spoken_day(local_day(row["since"])),
            },
            link=LIST,
            key=key,
        )
        sent += len(new)
    return sent
