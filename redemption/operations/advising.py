"""Experts: assigned by the contractor, heard before the first review ends (R2)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor, OwnMatter, require_role
from foundation.accounts.models import Role, User
from foundation.accounts.queries import contractor_accounts_of
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message, post_messages
from redemption import policies
from redemption.models import Claim, ExpertOpinion
from redemption.operations.moving import (
    Part,
    hands_in,
    lock_claim,
    note_hand,
    require_impartial,
)
from redemption.permissions import require_contractor_of


def assign_expert(*, by: Actor, at: datetime, claim: Claim, expert: User) -> ExpertOpinion:
    """Open a claim and its files to an expert of the city and ask for an opinion (R2).

    Raises UnableToReview when first review is over, the account does not fit, or the person prepared the claim.
    """
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        contractor = require_contractor_of(by, locked)
        require_impartial(by, locked)
        policies.require_advice_in_time(locked.state)
        policies.require_suitable_expert(
            is_expert=expert.role == Role.EXPERT and expert.is_active,
            city_fits=expert.city_id == locked.programme.city_id,
            already=ExpertOpinion.objects.filter(claim=locked, expert=expert).exists(),
        )
        policies.require_other_expert(
            account_id=expert.pk,
            person_id=expert.person_id,
            hands=[
                policies.Hand(contractor.pk, contractor.person_id),
                *hands_in(locked, Part.PREPARED, Part.REVIEWED),
            ],
            is_party=_is_party(expert, locked),
        )
        opinion = ExpertOpinion.objects.create(
            claim=locked, expert=expert, assigned_at=at, assigned_by=contractor
        )
        note_hand(locked, Part.REVIEWED, by=by, at=at)
        record(
            at=at,
            by=by,
            action="assign_expert",
            subject=locked,
            details={"expert": expert.pk},
        )
        post_message(
            at=at,
            to=expert.pk,
            event="expert_assigned",
            params={"number": locked.number},
            link=f"/admin/redemption/expertopinion/{opinion.pk}/change/",
        )
        return opinion


def give_opinion(
    *, by: Actor, at: datetime, opinion: ExpertOpinion, advice: str, text: str
) -> ExpertOpinion:
    """The assigned expert's opinion, once, before the first review ends (R2)."""
    with transaction.atomic():
        claim = lock_claim(opinion.claim_id)
        fresh = ExpertOpinion.objects.get(pk=opinion.pk)
        require_role(by, Role.EXPERT)
        if by.user is None or fresh.expert_id != by.user.pk:
            raise OutOfReach("another expert's assignment")
        require_impartial(by, claim)
        policies.require_not_maker(
            account_id=by.user.pk,
            person_id=by.person_id,
            makers=hands_in(claim, Part.PREPARED, Part.REVIEWED),
            error=policies.UnableToReview,
        )
        policies.require_advice_in_time(claim.state)
        policies.require_no_opinion_yet(fresh.given_at)
        if advice not in ExpertOpinion.Advice.values:
            raise policies.UnableToReview("请选择意见。", field="advice")
        text = policies.require_written(
            text, what="意见说明", field="text", error=policies.UnableToReview
        )
        fresh.advice, fresh.text, fresh.given_at = advice, text, at
        fresh.save(update_fields=["advice", "text", "given_at"])
        note_hand(claim, Part.ADVISED, by=by, at=at)
        record(at=at, by=by, action="give_opinion", subject=fresh, to_state=advice)
        post_messages(
            at=at,
            to=contractor_accounts_of(claim.programme.city_id).values_list("pk", flat=True),
            event="opinion_given",
            params={"number": claim.number, "expert": by.label},
            link=f"/admin/redemption/claim/{claim.pk}/change/",
        )
        return fresh


def _is_party(expert: User, claim: Claim) -> bool:
    try:
        require_impartial(Actor(user=expert), claim)
    except OwnMatter:
        return True
    return False
