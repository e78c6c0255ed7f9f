"""States of the yearly qualification (E3, E5, E6)."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class QualificationState(TextChoices):
    """Where an enterprise's file for one year stands."""

    DRAFT = "draft", "待提交"
    SUBMITTED = "submitted", "待核对"
    RETURNED = "returned", "退回补正"
    PASSED = "passed", "核对通过"
    REFUSED = "refused", "不予通过"


QUALIFICATION = StateMachine(
    name="qualification",
    states=QualificationState,
    initial=QualificationState.DRAFT,
    moves={
        "submit": (
            (QualificationState.DRAFT, QualificationState.RETURNED),
            QualificationState.SUBMITTED,
        ),
        "pass": ((QualificationState.SUBMITTED,), QualificationState.PASSED),
        "send_back": ((QualificationState.SUBMITTED,), QualificationState.RETURNED),
        "refuse": ((QualificationState.SUBMITTED,), QualificationState.REFUSED),
        # E6: changing checked data opens the file again; it is submitted anew by the enterprise.
        "reopen": (
            (QualificationState.PASSED, QualificationState.REFUSED),
            QualificationState.DRAFT,
        ),
    },
)
