"""The desk's queues of claims, opinions and objections, by whose turn it is (R2–R5)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import LATE_DAYS, Queue, queue
from redemption.queries import claims_visible_to, objections_visible_to, opinions_visible_to
from redemption.queries.opinions import waiting_opinions
from redemption.states import ClaimState, ObjectionState

CONTRACTOR, BUREAU = "承办单位", "市工业和信息化局"
# The publicity period of five working days, and a week to pay.
PAYMENT_LATE_DAYS = 15
# Who has the next step of a claim in this state, and since when it waits.
TURNS: tuple[tuple[str, ClaimState, str, str], ...] = (
    ("兑现申请待初审", ClaimState.SUBMITTED, "submitted_at", CONTRACTOR),
    ("兑现申请待审定", ClaimState.FIRST_REVIEWED, "first_reviewed_at", BUREAU),
    ("已审定待公示", ClaimState.APPROVED, "approved_at", BUREAU),
    ("公示中，公示期满后登记拨付", ClaimState.PUBLISHED, "publicity__published_at", CONTRACTOR),
    ("兑现申请待补充材料", ClaimState.MORE_ASKED, "submitted_at", "服务机构"),
)
NAMES = {Role.CONTRACTOR: CONTRACTOR, Role.BUREAU: BUREAU}


def queues(user: User, at: datetime) -> list[Queue]:
    """An expert's assignments; for contractor and bureau of a city the claims, opinions and objections (R2, R4)."""
    if user.role == Role.EXPERT:
        return [_opinions(user, at, on="")]
    own = NAMES.get(user.role)  # type: ignore[call-overload]
    if own is None or user.city_id is None:
        return []
    url = reverse("admin:redemption_claim_changelist")
    found = []
    for label, state, since, whose in TURNS:
        reviews = whose == own and state in (ClaimState.SUBMITTED, ClaimState.FIRST_REVIEWED)
        found.append(
            queue(
                label,
                claims_visible_to(user).filter(state=state),
                since=since,
                at=at,
                url=f"{url}?state__exact={state}",
                on="" if whose == own else whose,
                start_url=reverse("admin:redemption_claim_next") if reviews else "",
                late_days=PAYMENT_LATE_DAYS if state == ClaimState.PUBLISHED else LATE_DAYS,
            )
        )
    objections = queue(
        "复核申请待答复",
        objections_visible_to(user).filter(state=ObjectionState.FILED),
        since="filed_at",
        at=at,
        url=f"{reverse('admin:redemption_objection_changelist')}?state__exact={ObjectionState.FILED}",
        on="" if own == BUREAU else BUREAU,
    )
    return [*found, objections, _opinions(user, at, on="评审专家")]


def _opinions(user: User, at: datetime, *, on: str) -> Queue:
    return queue(
        "等待专家意见" if on else "等您提出意见的兑现申请",
        waiting_opinions(opinions_visible_to(user)),
        since="assigned_at",
        at=at,
        url=f"{reverse('admin:redemption_expertopinion_changelist')}?waiting=yes",
        on=on,
    )
