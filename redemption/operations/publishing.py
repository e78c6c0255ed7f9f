"""Putting approved claims on public view, and closing a list when its period is over (R4)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.accounts.queries import contractor_accounts_of
from foundation.audit.operations import record
from foundation.moments import local_day, spoken_day
from foundation.notices.models import NoticeKind
from foundation.notices.operations import post_message, post_messages, publish_notice
from redemption import policies
from redemption.models import Claim, ClaimLine, Objection, PublicityList
from redemption.operations.moving import lock_claim, move_claim, require_claims_go_on
from redemption.operations.settling import settle_claim_if_done
from redemption.permissions import require_bureau_of_city
from redemption.queries import publicity_ends_at
from redemption.states import ClaimState, LineState, ObjectionState
from vouchers.models import Programme


def publish_claims(
    *, by: Actor, at: datetime, programme: Programme, claims: Iterable[Claim]
) -> PublicityList:
    """Put approved claims of one programme on a public list and publish its notice (R4).

    A claim whose every line is disallowed is published like any other: the public sees the disallowance too.
    Raises UnableToPublish, ClaimsStopped (S1), CalendarUnknown (B7).
    """
    asked = {claim.pk for claim in claims}
    with transaction.atomic():
        publisher = require_bureau_of_city(by, programme.city_id)
        locked = list(
            Claim.objects.select_for_update(of=("self",))
            .select_related("programme__city", "provider")
            .filter(pk__in=asked, programme=programme)
            .order_by("pk")
        )
        policies.require_publishable(
            asked=asked,
            states={claim.pk: claim.state for claim in locked},
            numbers={claim.pk: claim.number for claim in locked},
        )
        for claim in locked:
            require_claims_go_on(claim, at=at)
        publicity = PublicityList.objects.create(
            programme=programme, published_at=at, published_by=publisher
        )
        # Asked before anything is public: an unknown calendar stops the publication, not the objections.
        last_day = local_day(publicity_ends_at(publicity))
        for claim in locked:
            move_claim(claim, "publish", by=by, at=at, publicity=publicity)
            post_message(
                at=at,
                to=claim.provider.account_id,
                event="claim_published",
                params={"number": claim.number, "until": spoken_day(last_day)},
                link=f"/publicity/{publicity.pk}/",
            )
        record(
            at=at,
            by=by,
            action="publish_claims",
            subject=publicity,
            details={"claims": [claim.number for claim in locked]},
        )
        publish_notice(
            at=at,
            by=by,
            city=programme.city,
            kind=NoticeKind.PUBLICITY,
            title=f"{programme}兑现公示（第 {publicity.pk} 号）",
            body=(
                f"现将 {len(locked)} 份兑现申请的审定结果予以公示，公示期 {programme.publicity_days} 个工作日"
                f"（公示当日不计），至 {spoken_day(last_day)} 止；如遇放假安排调整，以公示页面显示的截止时间为准。"
                "\n\n任何单位或个人如有异议，可在公示期内通过公示页面提出复核申请，并凭回执号查询答复。"
            ),
            link=f"/publicity/{publicity.pk}/",
            publish_at=at,
        )
        return publicity


def close_publicity_list(*, by: Actor, at: datetime, publicity: PublicityList) -> bool:
    """Make visible that a list's period is over; whether this run closed it (R4, R5).

    Claims with nothing left to pay are settled, the contractor is told once that the rest can be paid, and the list
    is closed when no objection is open. Running it twice, late or at once with itself changes nothing.
    """
    if at <= publicity_ends_at(publicity):
        return False
    for pk in publicity.claims.filter(state=ClaimState.PUBLISHED).values_list("pk", flat=True):
        with transaction.atomic():
            settle_claim_if_done(lock_claim(pk), by=by, at=at)
    with transaction.atomic():
        locked = PublicityList.objects.select_for_update(of=("self",)).get(pk=publicity.pk)
        if locked.closed_at is not None:
            return False
        if ClaimLine.objects.filter(claim__publicity=locked, state=LineState.PASSED).exists():
            post_messages(
                at=at,
                to=contractor_accounts_of(publicity.programme.city_id).values_list("pk", flat=True),
                event="publicity_over",
                params={"list": str(publicity)},
                link="/admin/redemption/claim/?state__exact=published",
                key=f"publicity_over:{locked.pk}",
            )
        if Objection.objects.filter(
            line__claim__publicity=locked, state=ObjectionState.FILED
        ).exists():
            return False
        locked.closed_at = at
        locked.save(update_fields=["closed_at"])
        record(at=at, by=by, action="close_publicity_list", subject=locked)
        return True
