"""States of claims, their lines and objections (section 8)."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class ClaimState(TextChoices):
    """Where a claim stands."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "初审中"
    MORE_ASKED = "more_asked", "待补充材料"
    FIRST_REVIEWED = "first_reviewed", "待市局审定"
    APPROVED = "approved", "已审定待公示"
    PUBLISHED = "published", "公示中"
    SETTLED = "settled", "已办结"
    GIVEN_UP = "given_up", "已撤回"


C = ClaimState
CLAIM = StateMachine(
    name="claim",
    states=ClaimState,
    initial=ClaimState.DRAFT,
    moves={
        "submit": ((C.DRAFT,), C.SUBMITTED),
        "give_up": ((C.DRAFT,), C.GIVEN_UP),
        "ask_more": ((C.SUBMITTED,), C.MORE_ASKED),
        "supply_more": ((C.MORE_ASKED,), C.SUBMITTED),
        # The provider has let its time pass: review goes on without the supplement (ADR 0021).
        "take_back_request": ((C.MORE_ASKED,), C.SUBMITTED),
        "finish_first_review": ((C.SUBMITTED,), C.FIRST_REVIEWED),
        "send_back_to_review": ((C.FIRST_REVIEWED,), C.SUBMITTED),
        "approve": ((C.FIRST_REVIEWED,), C.APPROVED),
        "publish": ((C.APPROVED,), C.PUBLISHED),
        # When the publicity period is over and every line has been settled or disallowed (R5, R7).
        "settle": ((C.PUBLISHED,), C.SETTLED),
    },
)


class LineState(TextChoices):
    """Where one line of a claim stands."""

    PENDING = "pending", "待审"
    PASSED = "passed", "通过"
    MORE_ASKED = "more_asked", "待补充"
    DISALLOWED = "disallowed", "不予兑现"
    SETTLED = "settled", "已兑现"
    GIVEN_UP = "given_up", "已撤回"


L = LineState
CLAIM_LINE = StateMachine(
    name="claim_line",
    states=LineState,
    initial=LineState.PENDING,
    moves={
        "pass": ((L.PENDING,), L.PASSED),
        "ask_more": ((L.PENDING,), L.MORE_ASKED),
        "supply_more": ((L.MORE_ASKED,), L.PENDING),
        "take_back_request": ((L.MORE_ASKED,), L.PENDING),
        # A disallowance by first review is not final until the bureau approves, so it can be taken back.
        "reopen": ((L.PASSED, L.DISALLOWED), L.PENDING),
        # By first review, by the bureau, or by an upheld objection.
        "disallow": ((L.PENDING, L.PASSED), L.DISALLOWED),
        "settle": ((L.PASSED,), L.SETTLED),
        "give_up": ((L.PENDING,), L.GIVEN_UP),
    },
)


class ObjectionState(TextChoices):
    """Where an objection stands."""

    FILED = "filed", "待答复"
    UPHELD = "upheld", "异议成立"
    REJECTED = "rejected", "异议不成立"


OBJECTION = StateMachine(
    name="objection",
    states=ObjectionState,
    initial=ObjectionState.FILED,
    moves={
        "uphold": ((ObjectionState.FILED,), ObjectionState.UPHELD),
        "reject": ((ObjectionState.FILED,), ObjectionState.REJECTED),
    },
)
