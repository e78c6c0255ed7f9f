"""First review by the contractor, line by line, and the provider's supplements (R2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.accounts.queries import bureau_accounts_of, contractor_accounts_of
from foundation.assignments.operations import finish_file, work_on_file
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.notices.operations import post_message, post_messages
from redemption import policies
from redemption.models import Claim, ClaimLine, Supplement
from redemption.operations.moving import (
    MAKER_PARTS,
    Part,
    hands_in,
    lock_claim,
    lock_line,
    move_claim,
    move_line,
    note_hand,
    require_claims_go_on,
    require_impartial,
)
from redemption.permissions import require_bureau_of, require_contractor_of, require_provider_of
from redemption.queries import line_states, supplement_until
from redemption.states import LineState


def pass_line(*, by: Actor, at: datetime, line: ClaimLine) -> ClaimLine:
    """The contractor finds a pending line in order (R2)."""
    with transaction.atomic():
        claim, fresh = lock_line(line)
        reviewer = _review(claim, by, at)
        move_line(fresh, "pass", by=by, at=at, reviewed_at=at, reviewed_by=reviewer)
        return fresh


def ask_more_on_line(*, by: Actor, at: datetime, line: ClaimLine, reason: str) -> ClaimLine:
    """Note what a pending line still needs; ``request_more`` then sends the claim to the provider (R2)."""
    with transaction.atomic():
        claim, fresh = lock_line(line)
        reviewer = _review(claim, by, at)
        reason = policies.require_written(
            reason, what="需要补充的内容", field="reason", error=policies.UnableToReview
        )
        move_line(
            fresh,
            "ask_more",
            by=by,
            at=at,
            reason=reason,
            reviewed_at=at,
            reviewed_by=reviewer,
        )
        Supplement.objects.create(line=fresh, asked_at=at, asked_by=reviewer, reason=reason)
        return fresh


def disallow_line(*, by: Actor, at: datetime, line: ClaimLine, reason: str) -> ClaimLine:
    """Disallow a line with a reason: the contractor in first review (R2), the bureau before it approves (R3).

    No money moves yet: the disallowance is final with the bureau's approval, and may be taken back before (R7).
    """
    with transaction.atomic():
        claim, fresh = lock_line(line)
        if by.role == Role.BUREAU:
            decider = require_bureau_of(by, claim)
            policies.require_at_approval(claim.state)
            policies.require_four_eyes(
                account_id=decider.pk,
                person_id=by.person_id,
                hands=hands_in(claim, *MAKER_PARTS),
            )
            work_on_file(by=by, at=at, subject=claim)
            note_hand(claim, Part.APPROVED, by=by, at=at)
        else:
            decider = _review(claim, by, at)
        reason = policies.require_written(
            reason,
            what="不予兑现的原因",
            field="reason",
            error=policies.UnableToReview,
            longest=policies.REASON_MAX,
        )
        move_line(
            fresh,
            "disallow",
            by=by,
            at=at,
            reason=reason,
            reviewed_at=at,
            reviewed_by=decider,
        )
        return fresh


def reopen_line(*, by: Actor, at: datetime, line: ClaimLine) -> ClaimLine:
    """Take back a pass or a disallowance while the claim is in first review (R2)."""
    with transaction.atomic():
        claim, fresh = lock_line(line)
        reviewer = _review(claim, by, at)
        move_line(fresh, "reopen", by=by, at=at, reason="", reviewed_at=at, reviewed_by=reviewer)
        return fresh


def request_more(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """Send a claim back to the provider for what its lines ask (R2)."""
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        _review(locked, by, at)
        policies.require_something_asked(line_states(locked))
        finish_file(by=by, at=at, subject=locked)
        move_claim(locked, "ask_more", by=by, at=at)
        post_message(
            at=at,
            to=locked.provider.account_id,
            event="claim_more_asked",
            params={"number": locked.number},
            link=f"/claims/{locked.pk}/",
        )
        return locked


def supply_more(
    *, by: Actor, at: datetime, line: ClaimLine, answer: str, file: Material | None = None
) -> ClaimLine:
    """The provider answers one line's request, with a file if it has one (R2).

    When the last line is answered the claim is back in first review.
    """
    with transaction.atomic():
        claim, fresh = lock_line(line)
        require_provider_of(by, claim)
        policies.require_more_asked(claim.state)
        answer = policies.require_written(
            answer, what="补充说明", field="answer", error=policies.UnableToReview
        )
        move_line(fresh, "supply_more", by=by, at=at)
        supplement = Supplement.objects.get(line=fresh, answered_at=None, taken_back_at=None)
        supplement.answered_at, supplement.answer = at, answer
        if file is not None:
            supplement.document = keep_file(file=file, by=by, at=at)
        supplement.save(update_fields=["answered_at", "answer", "document"])
        note_hand(claim, Part.PREPARED, by=by, at=at)
        if not claim.lines.filter(state=LineState.MORE_ASKED).exists():
            move_claim(claim, "supply_more", by=by, at=at)
            post_messages(
                at=at,
                to=contractor_accounts_of(claim.programme.city_id).values_list("pk", flat=True),
                event="claim_more_supplied",
                params={"number": claim.number, "provider": claim.provider.name},
                link=f"/admin/redemption/claim/{claim.pk}/change/",
            )
        return fresh


def take_back_request(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """Go on with first review when the provider has not answered within the correction window (R2, ADR 0021).

    The unanswered lines are pending again: the contractor passes or disallows them on what there is. Raises
    UnableToReview while the provider still has time, CalendarUnknown (B7).
    """
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        require_contractor_of(by, locked)
        require_impartial(by, locked)
        policies.require_more_asked(locked.state)
        policies.require_supplement_overdue(until=supplement_until(locked), at=at)
        note_hand(locked, Part.REVIEWED, by=by, at=at)
        for line in locked.lines.filter(state=LineState.MORE_ASKED):
            move_line(line, "take_back_request", by=by, at=at)
            line.supplements.filter(answered_at=None, taken_back_at=None).update(taken_back_at=at)
        move_claim(locked, "take_back_request", by=by, at=at)
        post_message(
            at=at,
            to=locked.provider.account_id,
            event="claim_request_taken_back",
            params={"number": locked.number},
            link=f"/claims/{locked.pk}/",
        )
        return locked


def finish_first_review(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """End first review when every line has been passed or disallowed; the bureau is next (R2).

    A claim whose every line is disallowed goes to the bureau as well: it decides.
    """
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        reviewer = _review(locked, by, at)
        require_claims_go_on(locked, at=at)
        policies.require_all_reviewed(line_states(locked))
        finish_file(by=by, at=at, subject=locked)
        move_claim(
            locked,
            "finish_first_review",
            by=by,
            at=at,
            first_reviewed_at=at,
            first_reviewed_by=reviewer,
            sent_back_reason="",
        )
        post_messages(
            at=at,
            to=bureau_accounts_of(locked.programme.city_id).values_list("pk", flat=True),
            event="claim_first_reviewed",
            params={"number": locked.number, "provider": locked.provider.name},
            link=f"/admin/redemption/claim/{locked.pk}/change/",
        )
        return locked


def _review(claim: Claim, by: Actor, at: datetime) -> User:
    """The reviewer: a contractor of the city who neither prepared the claim nor advised on it, while it is in first
    review (R2, R3)."""
    reviewer = require_contractor_of(by, claim)
    require_impartial(by, claim)
    policies.require_under_review(claim.state)
    policies.require_not_maker(
        account_id=reviewer.pk,
        person_id=by.person_id,
        makers=hands_in(claim, Part.PREPARED, Part.ADVISED),
        error=policies.UnableToReview,
    )
    work_on_file(by=by, at=at, subject=claim)
    note_hand(claim, Part.REVIEWED, by=by, at=at)
    return reviewer
