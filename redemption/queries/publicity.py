"""Public lists, their period, objections and results (R4, R5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from foundation.errors import OutOfReach, Refusal
from foundation.moments import end_of_day, local_day
from foundation.money import total, yuan
from foundation.searching import holding
from foundation.workdays.queries import exceptions_to_calendar, workday_after
from redemption.models import (
    Claim,
    ClaimLine,
    Objection,
    PublicityList,
)
from redemption.states import ClaimState, LineState, ObjectionState


def claim_publicity_ends_at(claim: Claim) -> datetime:
    """As ``publicity_ends_at``, for a claim that has been published."""
    if claim.publicity is None:
        raise ValueError(f"{claim.number} was never published")
    return publicity_ends_at(claim.publicity)


def publicity_ends_at(
    publicity: PublicityList, exceptions: Mapping[date, bool] | None = None
) -> datetime:
    """The last moment of a list's publicity period, by the calendar as it is known now (R4).

    The day of publication does not count; raises CalendarUnknown for a year nobody has loaded. ``exceptions``: see
    ``foundation.workdays.queries.is_workday``.
    """
    last_day = workday_after(
        local_day(publicity.published_at), publicity.programme.publicity_days, exceptions
    )
    return end_of_day(last_day)


def publicity_end_shown(
    publicity: PublicityList, exceptions: Mapping[date, bool] | None = None
) -> datetime | None:
    """The end of a list's period for a page; None while the calendar of its year is not known (B7)."""
    try:
        return publicity_ends_at(publicity, exceptions)
    except Refusal:
        return None


def dates_depending_on_workdays(at: datetime) -> list[tuple[str, datetime]]:
    """Ends of publicity periods not yet closed, for showing what a calendar exception changes (B7, R4)."""
    dates = []
    exceptions = exceptions_to_calendar()
    for publicity in PublicityList.objects.filter(closed_at__isnull=True).select_related(
        "programme__city"
    ):
        ends_at = publicity_end_shown(publicity, exceptions)
        if ends_at is not None:
            dates.append((f"{publicity}截止时间", ends_at))
    return dates


def published_lists() -> QuerySet[PublicityList]:
    """Every list the public may read, newest first."""
    return PublicityList.objects.select_related("programme__city").order_by("-published_at", "-pk")


def get_published_list(pk: int) -> PublicityList:
    """A public list; OutOfReach when there is none."""
    found = published_lists().filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"publicity {pk}")
    return found


def published_lines(publicity: PublicityList, text: str = "") -> QuerySet[ClaimLine]:
    """The lines of a public list with what the public sees of them (R4).

    ``text``: words, each of which the provider, the enterprise or the product must have.
    """
    open_objection = Objection.objects.filter(line=OuterRef("pk"), state=ObjectionState.FILED)
    found = ClaimLine.objects.filter(claim__publicity=publicity)
    for word in text.split():
        found = found.filter(
            holding(
                word,
                "claim__provider__name",
                "order__profile__name",
                "order__product_version__name",
            )
        )
    return (
        found.select_related(
            "claim__provider", "order__profile", "order__enterprise", "order__product_version"
        )
        .annotate(under_objection=Exists(open_objection))
        .order_by("claim_id", "pk")
    )


def get_published_line(pk: int) -> ClaimLine:
    """A line on public view; OutOfReach for any that never was (R4)."""
    found = (
        ClaimLine.objects.filter(pk=pk, claim__publicity__isnull=False)
        .select_related(
            "claim__publicity__programme__city",
            "claim__provider",
            "order__profile",
            "order__enterprise",
            "order__product_version",
        )
        .first()
    )
    if found is None:
        raise OutOfReach(f"published line {pk}")
    return found


def objection_by_receipt(receipt: str) -> Objection:
    """An objection by its unguessable receipt number, whoever asks; OutOfReach for an unknown one (R4)."""
    found = (
        Objection.objects.filter(receipt=receipt.strip().upper())
        .select_related("line__claim__provider", "line__order__profile")
        .first()
    )
    if found is None:
        raise OutOfReach("unknown receipt number")
    return found


def _over_lines(state: LineState, aggregate: Any, nothing: Any) -> Coalesce:
    """An aggregate of a claim's lines in a state: a subquery, so that only the claims of a page are added up."""
    lines = ClaimLine.objects.filter(claim=OuterRef("pk"), state=state).order_by().values("claim")
    return Coalesce(Subquery(lines.values(found=aggregate)), nothing)


def settled_claims() -> QuerySet[Claim]:
    """Claims whose results are public (R5), newest first, with counts and sums (yuan) of what was paid and not."""
    return (
        Claim.objects.filter(state=ClaimState.SETTLED)
        .select_related("programme__city", "provider", "publicity")
        .annotate(
            settled_count=_over_lines(LineState.SETTLED, Count("pk"), 0),
            settled_total=_over_lines(LineState.SETTLED, total("amount"), yuan(0)),
            refused_count=_over_lines(LineState.DISALLOWED, Count("pk"), 0),
            refused_total=_over_lines(LineState.DISALLOWED, total("amount"), yuan(0)),
        )
        .order_by("-settled_at", "-pk")
    )
