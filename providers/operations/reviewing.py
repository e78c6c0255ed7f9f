"""What the contractor of its level does with a registration: approve, send back, refuse (P2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.assignments.operations import finish_file
from foundation.audit.operations import record
from foundation.moments import local_day
from providers import permissions
from providers.models import Provider
from providers.operations.files import (
    lock_provider,
    move,
    require_impartial,
    tell_provider,
)
from providers.policies import registering as policies
from providers.queries import accreditation_valid
from providers.states import PROVIDER


def approve_provider(
    *, by: Actor, at: datetime, provider: Provider, seen: datetime | None = None
) -> Provider:
    """The contractor finds the registration in order (P2).

    ``seen``: the submission that was looked at; another one made since is not approved unseen. Raises OutOfReach,
    UnableToReview (also when accreditation or commitment ran out since submission), IllegalMove.
    """
    with transaction.atomic():
        provider = _lock_for_review(provider, "approve", by=by, at=at, seen=seen)
        day = local_day(at)
        policies.require_approvable(
            accredited=accreditation_valid(provider, day),
            commitment_fault=policies.commitment_fault(provider.committed_on, day=day),
            day=day,
        )
        _decide(provider, "approve", by=by, at=at, action="approve_provider")
        tell_provider(provider, "provider_approved", at=at, year=str(day.year))
        return provider


def send_back_provider(
    *,
    by: Actor,
    at: datetime,
    provider: Provider,
    item_reasons: Mapping[str, str],
    seen: datetime | None = None,
) -> Provider:
    """The contractor asks for corrections, item by item; keys are those of REVIEW_ITEMS (P2).

    ``seen`` and what is raised: as for ``approve_provider``.
    """
    with transaction.atomic():
        provider = _lock_for_review(provider, "send_back", by=by, at=at, seen=seen)
        reasons = policies.require_item_reasons(item_reasons, items=policies.REVIEW_ITEMS)
        _decide(
            provider,
            "send_back",
            by=by,
            at=at,
            action="send_back_provider",
            item_reasons=reasons,
        )
        # The items only: what a reviewer typed stays on the page, where one has to sign in.
        items = "、".join(policies.REVIEW_ITEMS[item] for item in reasons)
        tell_provider(provider, "provider_returned", at=at, items=items)
        return provider


def refuse_provider(
    *, by: Actor, at: datetime, provider: Provider, reason: str, seen: datetime | None = None
) -> Provider:
    """The contractor refuses the registration with a reason (P2). ``seen`` and raises: as for approving."""
    with transaction.atomic():
        provider = _lock_for_review(provider, "refuse", by=by, at=at, seen=seen)
        reason = policies.plain_reason(reason)
        _decide(provider, "refuse", by=by, at=at, action="refuse_provider", reason=reason)
        tell_provider(provider, "provider_refused", at=at)
        return provider


@dataclass(frozen=True, repr=False)
class PersonalData:
    """Personal data in clear; without a repr, so that it never stands in a log (F5)."""

    legal_representative_id: str
    contact_id: str
    contact_mobile: str
    bank_account: str


def reveal_personal_data(
    *, by: Actor, at: datetime, provider: Provider, reason: str
) -> PersonalData:
    """ID numbers, mobile and bank account in clear, for the contractor that checks the provider (F5).

    Who asked and why is recorded. Raises OutOfReach, UnableToReview without a reason.
    """
    with transaction.atomic():
        provider = lock_provider(provider)
        permissions.require_reviewer(by, provider)
        reason = policies.plain_reason(reason)
        record(at=at, by=by, action="reveal_personal_data", subject=provider, reason=reason)
        return PersonalData(
            legal_representative_id=provider.legal_representative_id,
            contact_id=provider.contact_id,
            contact_mobile=provider.contact_mobile,
            bank_account=provider.bank_account,
        )


def _lock_for_review(
    provider: Provider, verb: str, *, by: Actor, at: datetime, seen: datetime | None
) -> Provider:
    provider = lock_provider(provider)
    permissions.require_reviewer(by, provider)
    require_impartial(by, provider)
    policies.require_move(provider.state, verb)
    policies.require_seen(seen, submitted_at=provider.submitted_at)
    finish_file(by=by, at=at, subject=provider)
    return provider


def _decide(
    provider: Provider,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    reason: str = "",
    item_reasons: dict[str, str] | None = None,
) -> None:
    """Close the current round with what the reviewer decided (P2)."""
    current = provider.rounds.filter(outcome="").order_by("-number").first()
    if current is not None:
        current.outcome = PROVIDER.target(provider.state, verb)
        current.reason, current.item_reasons = reason, item_reasons or {}
        current.decided_at, current.decided_by = at, by.user
        current.save(
            update_fields=["outcome", "reason", "item_reasons", "decided_at", "decided_by"]
        )
    provider.decided_at, provider.decided_by = at, by.user
    move(
        provider,
        verb,
        by=by,
        at=at,
        action=action,
        fields=["decided_at", "decided_by"],
        reason=reason,
        details={
            "round": current.number if current else None,
            "item_reasons": item_reasons or {},
        },
    )
