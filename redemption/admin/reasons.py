"""Why a button of the desk is off: the policies that the operation behind it asks, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import why_not
from redemption import policies
from redemption.models import Claim, ClaimLine, ExpertOpinion, Objection
from redemption.operations.moving import MAKER_PARTS, Part, hands_in, require_claims_go_on
from redemption.queries import line_states, publicity_ends_at, supplement_until
from redemption.states import CLAIM_LINE, OBJECTION


def _review(claim: Claim, by: Actor) -> str:
    return why_not(policies.require_under_review, state=claim.state) or _not_maker(
        claim, by, Part.PREPARED, Part.ADVISED
    )


def _not_maker(claim: Claim, by: Actor, *parts: Part) -> str:
    return why_not(
        policies.require_not_maker,
        account_id=by.user.pk if by.user else 0,
        person_id=by.person_id,
        makers=hands_in(claim, *parts),
        error=policies.UnableToReview,
    )


def _approve(claim: Claim, by: Actor) -> str:
    return why_not(policies.require_at_approval, state=claim.state) or why_not(
        policies.require_four_eyes,
        account_id=by.user.pk if by.user else 0,
        person_id=by.person_id,
        hands=hands_in(claim, *MAKER_PARTS),
    )


def _sanction(claim: Claim, at: datetime) -> str:
    return why_not(require_claims_go_on, claim=claim, at=at)


def request_more(claim: Claim, by: Actor, at: datetime) -> str:
    """Why a claim cannot be sent back for more (R2)."""
    return _review(claim, by) or why_not(
        policies.require_something_asked, line_states=line_states(claim)
    )


def take_back_request(claim: Claim, by: Actor, at: datetime) -> str:
    """Why a request for more cannot be taken back (R2)."""
    return why_not(policies.require_more_asked, state=claim.state) or why_not(
        _supplement_overdue, claim=claim, at=at
    )


def _supplement_overdue(*, claim: Claim, at: datetime) -> None:
    policies.require_supplement_overdue(until=supplement_until(claim), at=at)


def finish_first_review(claim: Claim, by: Actor, at: datetime) -> str:
    """Why first review cannot end (R2, S1)."""
    return (
        _review(claim, by)
        or _sanction(claim, at)
        or why_not(policies.require_all_reviewed, line_states=line_states(claim))
    )


def assign_expert(claim: Claim, by: Actor, at: datetime) -> str:
    """Why no expert can be assigned (R2)."""
    return why_not(policies.require_advice_in_time, state=claim.state)


def approve(claim: Claim, by: Actor, at: datetime) -> str:
    """Why this account cannot approve (R3, S1)."""
    return _approve(claim, by) or _sanction(claim, at)


def send_back(claim: Claim, by: Actor, at: datetime) -> str:
    """Why this account cannot send a claim back to first review (R3)."""
    return _approve(claim, by)


def settle(claim: Claim, by: Actor, at: datetime) -> str:
    """Why no payment can be recorded now (R3, R4, R5, S1)."""
    published = why_not(policies.require_published, state=claim.state)
    if published or claim.publicity is None:
        return published
    return (
        _not_maker(claim, by, Part.APPROVED)
        or _sanction(claim, at)
        or why_not(_publicity_over, claim=claim, at=at)
    )


def _publicity_over(*, claim: Claim, at: datetime) -> None:
    assert claim.publicity is not None
    policies.require_publicity_over(at=at, ends_at=publicity_ends_at(claim.publicity))


def line(verb: str) -> Callable[[ClaimLine, Actor, datetime], str]:
    """Why first review cannot do ``verb`` to a line (R2)."""

    def reason(line: ClaimLine, by: Actor, at: datetime) -> str:
        return _review(line.claim, by) or why_not(CLAIM_LINE.target, current=line.state, verb=verb)

    return reason


def disallow(line: ClaimLine, by: Actor, at: datetime) -> str:
    """Why a line cannot be disallowed by this account (R2, R3)."""
    turn = _approve(line.claim, by) if by.role == Role.BUREAU else _review(line.claim, by)
    return turn or why_not(CLAIM_LINE.target, current=line.state, verb="disallow")


def give_opinion(opinion: ExpertOpinion, by: Actor, at: datetime) -> str:
    """Why no opinion can be given (R2)."""
    return why_not(policies.require_advice_in_time, state=opinion.claim.state) or why_not(
        policies.require_no_opinion_yet, given_at=opinion.given_at
    )


def answer(objection: Objection, by: Actor, at: datetime) -> str:
    """Why an objection cannot be answered by this account (R4)."""
    return why_not(OBJECTION.target, current=objection.state, verb="uphold") or _not_maker(
        objection.line.claim, by, *MAKER_PARTS
    )
