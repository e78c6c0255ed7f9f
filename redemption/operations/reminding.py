"""Reminders of claims and objections that wait on somebody (V7, N2)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max, QuerySet

from foundation.accounts.models import User
from foundation.accounts.queries import bureau_accounts_of, contractor_accounts_of
from foundation.errors import Refusal
from foundation.notices.models import Message
from foundation.notices.operations import post_messages
from redemption import policies
from redemption.models import Claim, ClaimLine, ExpertOpinion, Objection
from redemption.queries import claim_publicity_ends_at
from redemption.states import ClaimState, LineState, ObjectionState

EVERY = timedelta(days=7)


class Waiting(NamedTuple):
    """Something that waits since ``since`` on the accounts ``to``; ``what`` tells it from everything else."""

    what: str
    since: datetime
    to: list[int]
    event: str
    params: dict[str, Any]
    link: str


def remind_of_claims(*, at: datetime) -> int:
    """Remind whoever keeps a claim or objection waiting, once for each full week; how many messages.

    Running it twice sends nothing twice: each message has a key of its own.
    """
    sent = 0
    for waiting in _everything_waiting():
        weeks = (at - waiting.since) // EVERY
        if weeks < 1:
            continue
        key = f"waiting:{waiting.what}:{waiting.since:%Y%m%d%H%M%S}:{weeks}"
        new = [pk for pk in waiting.to if not Message.objects.filter(key=f"{key}:{pk}").exists()]
        with transaction.atomic():
            post_messages(
                at=at,
                to=new,
                event=waiting.event,
                params={**waiting.params, "days": (at - waiting.since).days},
                link=waiting.link,
                key=key,
            )
        sent += len(new)
    return sent


def _everything_waiting() -> Iterator[Waiting]:
    yield from _waiting_on_provider()
    yield from _waiting_on_staff()
    yield from _payable()
    yield from _unanswered()
    yield from _unadvised()


def _waiting_on_provider() -> Iterator[Waiting]:
    asked = _claims(ClaimState.MORE_ASKED).annotate(asked_at=Max("lines__supplements__asked_at"))
    for claim in asked:
        to = [claim.provider.account_id]
        yield _waiting(claim, claim.asked_at, to, f"/claims/{claim.pk}/")


def _waiting_on_staff() -> Iterator[Waiting]:
    for state, since, accounts_of in (
        (ClaimState.SUBMITTED, "submitted_at", contractor_accounts_of),
        (ClaimState.FIRST_REVIEWED, "first_reviewed_at", bureau_accounts_of),
        (ClaimState.APPROVED, "approved_at", bureau_accounts_of),
    ):
        for claim in _claims(state):
            yield _waiting(claim, getattr(claim, since), _pks(accounts_of, claim))


def _payable() -> Iterator[Waiting]:
    """Published claims with a line that can be paid: nobody can pay what is under objection (R4)."""
    under_objection = Objection.objects.filter(state=ObjectionState.FILED).values("line")
    payable = ClaimLine.objects.filter(state=LineState.PASSED).exclude(pk__in=under_objection)
    for claim in _claims(ClaimState.PUBLISHED).filter(pk__in=payable.values("claim")):
        try:
            ends_at = claim_publicity_ends_at(claim)
        except Refusal:
            continue
        yield _waiting(claim, ends_at, _pks(contractor_accounts_of, claim))


def _unanswered() -> Iterator[Waiting]:
    for objection in Objection.objects.filter(state=ObjectionState.FILED).select_related(
        "line__claim__programme"
    ):
        claim = objection.line.claim
        yield Waiting(
            what=f"objection:{objection.pk}",
            since=objection.filed_at,
            to=_pks(bureau_accounts_of, claim),
            event="objection_waiting",
            params={"number": claim.number},
            link=f"/admin/redemption/objection/{objection.pk}/change/",
        )


def _unadvised() -> Iterator[Waiting]:
    """Experts whose opinion is asked and still in time (R2)."""
    asked = ExpertOpinion.objects.filter(
        given_at=None, expert__is_active=True, claim__state__in=policies.ADVISABLE_STATES
    )
    for opinion in asked.select_related("claim"):
        yield Waiting(
            what=f"opinion:{opinion.pk}",
            since=opinion.assigned_at,
            to=[opinion.expert_id],
            event="opinion_waiting",
            params={"number": opinion.claim.number},
            link=f"/admin/redemption/expertopinion/{opinion.pk}/change/",
        )


def _claims(state: ClaimState) -> QuerySet[Claim]:
    return Claim.objects.filter(state=state).select_related(
        "programme", "provider", "publicity__programme"
    )


def _waiting(claim: Claim, since: datetime, to: list[int], link: str = "") -> Waiting:
    return Waiting(
        what=f"claim:{claim.pk}:{claim.state}",
        since=since,
        to=to,
        event="claim_waiting",
        params={"number": claim.number, "state": ClaimState(claim.state).label},
        link=link or f"/admin/redemption/claim/{claim.pk}/change/",
    )


def _pks(accounts_of: Any, claim: Claim) -> list[int]:
    accounts: QuerySet[User] = accounts_of(claim.programme.city_id)
    return list(accounts.values_list("pk", flat=True))
