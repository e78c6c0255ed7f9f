"""What staff do with a file: pass, send back, refuse, and look at personal data in clear (E6, F5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from enterprises import permissions, policies
from enterprises.models import Qualification
from enterprises.operations.files import lock_file, move, next_number, tell_enterprise
from enterprises.queries import last_round
from enterprises.states import QUALIFICATION
from foundation.accounts.actors import Actor, require_not_party
from foundation.assignments.operations import finish_file
from foundation.audit.operations import record
from foundation.errors import OutOfReach


def pass_qualification(
    *, by: Actor, at: datetime, qualification: Qualification, round_number: int | None = None
) -> Qualification:
    """The contractor of the city finds the file in order (E5, E6).

    ``round_number``: the round that was looked at; another one submitted since is not passed unseen. Raises
    OutOfReach, UnableToReview, IllegalMove, FileInOtherHands.
    """
    with transaction.atomic():
        qualification = _lock_for_review(qualification, "pass", by=by, at=at, seen=round_number)
        _decide(qualification, "pass", by=by, at=at, action="pass_qualification")
        tell_enterprise(qualification, "qualification_passed", at=at)
        return qualification


def send_back_qualification(
    *,
    by: Actor,
    at: datetime,
    qualification: Qualification,
    item_reasons: Mapping[str, str],
    round_number: int | None = None,
) -> Qualification:
    """The contractor asks for corrections, item by item; keys are those of ``policies.REVIEW_ITEMS`` (E6).

    ``round_number`` and what is raised: as for ``pass_qualification``.
    """
    with transaction.atomic():
        qualification = _lock_for_review(
            qualification, "send_back", by=by, at=at, seen=round_number
        )
        reasons = policies.require_item_reasons(item_reasons)
        _decide(
            qualification,
            "send_back",
            by=by,
            at=at,
            action="send_back_qualification",
            item_reasons=reasons,
        )
        # The items only: what a reviewer typed stays on the page, where one has to sign in.
        items = "、".join(policies.REVIEW_ITEMS[item][0] for item in reasons)
        tell_enterprise(qualification, "qualification_returned", at=at, items=items)
        return qualification


def refuse_qualification(
    *,
    by: Actor,
    at: datetime,
    qualification: Qualification,
    reason: str,
    round_number: int | None = None,
) -> Qualification:
    """The contractor refuses the file with a reason (E6). ``round_number`` and raises: as for passing."""
    with transaction.atomic():
        qualification = _lock_for_review(qualification, "refuse", by=by, at=at, seen=round_number)
        reason = policies.require_reason(reason)
        _decide(qualification, "refuse", by=by, at=at, action="refuse_qualification", reason=reason)
        tell_enterprise(qualification, "qualification_refused", at=at)
        return qualification


@dataclass(frozen=True, repr=False)
class PersonalData:
    """Personal data in clear; without a repr, so that it never stands in a log (F5)."""

    legal_representative_id: str
    handler_id: str
    handler_mobile: str


def reveal_personal_data(
    *, by: Actor, at: datetime, qualification: Qualification, reason: str
) -> PersonalData:
    """The ID numbers and mobile of the last submitted round, for the contractor or bureau of the city (F5).

    Who asked and why is recorded. Raises OutOfReach, UnableToReveal without a reason.
    """
    with transaction.atomic():
        permissions.require_revealer(by, qualification.enterprise)
        submitted = last_round(qualification)
        if submitted is None:
            raise OutOfReach("never submitted")
        reason = policies.require_reveal_reason(reason)
        record(at=at, by=by, action="reveal_personal_data", subject=qualification, reason=reason)
        profile = submitted.profile
        return PersonalData(
            legal_representative_id=profile.legal_representative_id,
            handler_id=profile.handler_id,
            handler_mobile=profile.handler_mobile,
        )


def _lock_for_review(
    qualification: Qualification, verb: str, *, by: Actor, at: datetime, seen: int | None
) -> Qualification:
    qualification = lock_file(qualification)
    permissions.require_reviewer(by, qualification.enterprise)
    profile = qualification.profile
    require_not_party(by, profile.legal_representative_id_key, profile.handler_id_key)
    policies.require_move(qualification.state, verb)
    policies.require_current_round(seen=seen, current=next_number(qualification) - 1)
    finish_file(by=by, at=at, subject=qualification)
    return qualification


def _decide(
    qualification: Qualification,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    reason: str = "",
    item_reasons: dict[str, str] | None = None,
) -> None:
    """Close the current round with what the reviewer decided (E6)."""
    current = qualification.rounds.get(outcome="")
    current.outcome = QUALIFICATION.target(qualification.state, verb)
    current.reason, current.item_reasons = reason, item_reasons or {}
    current.decided_at, current.decided_by = at, by.user
    current.save(update_fields=["outcome", "reason", "item_reasons", "decided_at", "decided_by"])
    qualification.decided_at, qualification.decided_by = at, by.user
    move(
        qualification,
        verb,
        by=by,
        at=at,
        action=action,
        fields=["decided_at", "decided_by"],
        reason=reason,
        details={"round": current.number, "items": sorted(item_reasons or {})},
    )
