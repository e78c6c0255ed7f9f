"""Where a claim and each of its lines stand, in whose hands and since when, for the provider's page (R1–R5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from foundation.audit.queries import history_of
from redemption.models import Claim, ClaimLine
from redemption.states import ClaimState, LineState

C, L = ClaimState, LineState
PROVIDER, CONTRACTOR, BUREAU = "贵机构", "承办单位", "市工业和信息化局"

_HOLDER: dict[str, tuple[str, str]] = {
    C.DRAFT: (PROVIDER, "打印表格、盖章、扫描上传后提交"),
    C.SUBMITTED: (CONTRACTOR, "逐条初审"),
    C.MORE_ASKED: (PROVIDER, "逐条补充材料"),
    C.FIRST_REVIEWED: (BUREAU, "审定"),
    C.APPROVED: (BUREAU, "安排公示"),
    C.PUBLISHED: (CONTRACTOR, "公示期满后拨付并登记"),
}

STEPS = ("准备材料", "初审", "市局审定", "公示", "拨付办结")
_STEP_OF: dict[str, int] = {
    C.DRAFT: 0,
    C.SUBMITTED: 1,
    C.MORE_ASKED: 1,
    C.FIRST_REVIEWED: 2,
    C.APPROVED: 3,
    C.PUBLISHED: 3,
    C.SETTLED: 5,
    C.GIVEN_UP: 0,
}

# What the trail says of each move; the provider is told states, not the names of staff.
_MOVED: dict[str, str] = {
    C.DRAFT: "创建兑现申请",
    C.SUBMITTED: "提交承办单位初审",
    C.MORE_ASKED: "承办单位要求补充材料",
    C.FIRST_REVIEWED: "初审结束，报市局审定",
    C.APPROVED: "市局审定",
    C.PUBLISHED: "开始公示",
    C.SETTLED: "全部办结",
    C.GIVEN_UP: "贵机构撤回申请",
}
_BACK: dict[tuple[str, str], str] = {
    (C.MORE_ASKED, C.SUBMITTED): "补充材料齐全，回到初审",
    (C.FIRST_REVIEWED, C.SUBMITTED): "市局退回承办单位重新初审",
}


@dataclass(frozen=True)
class Hands:
    """Who has to act, on what, and since when; ``who`` is empty when nobody has."""

    who: str
    what: str
    since: datetime | None = None


def steps_of(claim: Claim) -> list[dict[str, str]]:
    """The steps of a claim for the stepper."""
    here = _STEP_OF[claim.state]
    return [
        {
            "label": label,
            "state": "current" if place == here else "done" if place < here else "todo",
        }
        for place, label in enumerate(STEPS)
    ]


def trail_of(claim: Claim) -> list[dict[str, Any]]:
    """Every move of the claim with its moment, the oldest first."""
    moves = history_of(claim).exclude(to_state="").values_list("at", "from_state", "to_state")
    return [
        {"at": at, "text": _BACK.get((source, target)) or _MOVED.get(target, target)}
        for at, source, target in moves
        if source != target
    ]


def hands_of(claim: Claim, trail: list[dict[str, Any]]) -> Hands:
    """Whose turn it is with the claim as a whole, since its last move."""
    who, what = _HOLDER.get(claim.state, ("", ""))
    return Hands(who, what, trail[-1]["at"] if trail else claim.prepared_at)


def hands_of_line(line: ClaimLine, claim: Claim) -> Hands:
    """Whose turn it is with one line; ``line`` comes from ``lines_with_papers``."""
    if line.state in {L.SETTLED, L.GIVEN_UP}:
        return Hands("", "")
    if claim.state == C.DRAFT:
        return Hands(PROVIDER, "提交申请", claim.prepared_at)
    supplements = list(line.supplements.all())
    if line.state == L.MORE_ASKED:
        asked = supplements[-1].asked_at if supplements else line.reviewed_at
        if claim.state == C.MORE_ASKED:
            return Hands(PROVIDER, "补充材料", asked)
        return Hands(CONTRACTOR, "审完其余明细后一并要求补充", asked)
    if line.state == L.PENDING:
        answered = supplements[-1].answered_at if supplements else None
        return Hands(CONTRACTOR, "初审", answered or claim.submitted_at)
    if line.under_objection:  # type: ignore[attr-defined]
        return Hands(BUREAU, "答复复核申请", line.objected_at)  # type: ignore[attr-defined]
    if line.state == L.DISALLOWED and claim.state in {C.APPROVED, C.PUBLISHED, C.SETTLED}:
        return Hands("", "")
    waiting: dict[str, Hands] = {
        C.SUBMITTED: Hands(CONTRACTOR, "审完其余明细", line.reviewed_at),
        C.MORE_ASKED: Hands(PROVIDER, "补充其余明细", line.reviewed_at),
        C.FIRST_REVIEWED: Hands(BUREAU, "审定", claim.first_reviewed_at),
        C.APPROVED: Hands(BUREAU, "安排公示", claim.approved_at),
        C.PUBLISHED: Hands(
            CONTRACTOR, "公示期满后拨付", claim.publicity.published_at if claim.publicity else None
        ),
    }
    return waiting.get(claim.state, Hands("", ""))
