"""Final approval by the bureau, by another person than those before (R3), and the way back to first review."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.accounts.queries import contractor_accounts_of
from foundation.assignments.operations import finish_file
from foundation.notices.operations import post_message, post_messages
from orders.operations.claiming import disallow_order
from redemption import policies
from redemption.models import Claim
from redemption.operations.moving import (
    MAKER_PARTS,
    Part,
    hands_in,
    lock_claim,
    move_claim,
    note_hand,
    require_claims_go_on,
    require_impartial,
)
from redemption.permissions import require_bureau_of
from redemption.states import LineState
from vouchers.operations.ledger import lock_vouchers


def approve_claim(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """Approve a first-reviewed claim; what was disallowed ends as disallowed in the ledger now (R3, R7).

    Raises UnableToApprove when the person had a hand in the claim before, ClaimsStopped (S1).
    """
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        approver = _decide(locked, by, at)
        require_claims_go_on(locked, at=at)
        refused = list(
            locked.lines.filter(state=LineState.DISALLOWED)
            .select_related("order")
            .order_by("order__voucher_id", "pk")
        )
        vouchers = lock_vouchers({line.order.voucher_id for line in refused})
        move_claim(locked, "approve", by=by, at=at, approved_at=at, approved_by=approver)
        for line in refused:
            disallow_order(
                voucher=vouchers[line.order.voucher_id],
                order_pk=line.order_id,
                by=by,
                at=at,
                reason=line.reason,
            )
        post_message(
            at=at,
            to=locked.provider.account_id,
            event="claim_approved",
            params={"number": locked.number, "disallowed": len(refused)},
            link=f"/claims/{locked.pk}/",
        )
        return locked


def send_back_to_review(*, by: Actor, at: datetime, claim: Claim, reason: str) -> Claim:
    """Send a claim back to first review with a reason; its lines keep their results until they are reopened (R3)."""
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        _decide(locked, by, at)
        reason = policies.require_written(
            reason, what="退回初审的原因", field="reason", error=policies.UnableToApprove
        )
        move_claim(
            locked,
            "send_back_to_review",
            by=by,
            at=at,
            why=reason,
            sent_back_reason=reason,
            first_reviewed_at=None,
            first_reviewed_by=None,
        )
        post_messages(
            at=at,
            to=contractor_accounts_of(locked.programme.city_id).values_list("pk", flat=True),
            event="claim_sent_back",
            params={"number": locked.number},
            link=f"/admin/redemption/claim/{locked.pk}/change/",
        )
        return locked


def _decide(claim: Claim, by: Actor, at: datetime) -> User:
    """The decider: the bureau of the city, a person without a hand in the claim so far (R3)."""
    decider = require_bureau_of(by, claim)
    require_impartial(by, claim)
    policies.require_at_approval(claim.state)
    policies.require_four_eyes(
        account_id=decider.pk, person_id=by.person_id, hands=hands_in(claim, *MAKER_PARTS)
    )
    finish_file(by=by, at=at, subject=claim)
    note_hand(claim, Part.APPROVED, by=by, at=at)
    return decider
