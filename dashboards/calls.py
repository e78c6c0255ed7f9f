"""Whom to call today: three lists for the district and the bureau, with what came of earlier calls (N3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Substr

from dashboards.models import CallList, CallRecord
from dashboards.reach import Reach
from dashboards.stages import files_at
from enterprises.models import Enterprise, Profile, Qualification
from foundation.money import ZERO, total
from foundation.rosters.models import PriorityEntry
from foundation.rows import rows_of
from orders.deadlines import LAPSES_WITH, USAGE_WINDOW
from orders.models import Order
from vouchers.models import Application, Batch, EnterpriseAllowance, Voucher
from vouchers.states import BatchState

LAPSING_DAYS = 14
AREA_START, AREA_LENGTH = 3, 6
# Orders that lapse with the usage window, for want of a contract (V4).
_UNSIGNED = Order.objects.filter(
    state__in=[state for state, end in LAPSES_WITH.items() if end == USAGE_WINDOW]
)


@dataclass(frozen=True, repr=False)
class Call:
    """A line of a call list; ``profile`` is None for who has not registered. Without a repr: it leads to a telephone."""

    credit_code: str
    name: str
    why: str
    until: datetime | None
    amount: Any
    profile: Profile | None
    record: CallRecord | None = None


def found_in(reach: Reach, call_list: str, at: datetime, *, called: str = "") -> QuerySet[Any]:
    """The rows of a list within the reach; ``called``: "yes" or "no" for who was or was not called."""
    found, code = _FINDERS[CallList(call_list)](reach, at)
    if called:
        records = CallRecord.objects.filter(
            programme=reach.programme, call_list=call_list, credit_code=OuterRef(code)
        )
        condition = Exists(_own(records, reach))
        found = found.filter(condition if called == "yes" else ~condition)
    return found


def _own(records: QuerySet[CallRecord], reach: Reach) -> QuerySet[CallRecord]:
    return records.filter(district=reach.district) if reach.district else records


def calls(reach: Reach, call_list: str, found: QuerySet[Any], at: datetime) -> list[Call]:
    """A slice of a list as lines, each with its newest record."""
    made = _LINES[CallList(call_list)](found, reach, at)
    records: dict[str, CallRecord] = {}
    for record in (
        _own(
            CallRecord.objects.filter(
                programme=reach.programme,
                call_list=call_list,
                credit_code__in=[one["credit_code"] for one in made],
            ),
            reach,
        )
        .select_related("called_by__person")
        .order_by("pk")
    ):
        records[record.credit_code] = record
    return [Call(**one, record=records.get(one["credit_code"])) for one in made]


def open_batch(reach: Reach, at: datetime) -> Batch | None:
    """The batch of the programme that can be applied for now, the one that closes first."""
    return (
        Batch.objects.filter(
            programme=reach.programme,
            state=BatchState.ANNOUNCED,
            opens_at__lte=at,
            closes_at__gte=at,
        )
        .order_by("closes_at", "pk")
        .first()
    )


def _not_registered(reach: Reach, at: datetime) -> tuple[QuerySet[PriorityEntry], str]:
    """Rostered enterprises that have not registered (E7).

    A roster names no district. The third to eighth characters of a credit code name the authority of registration:
    a district sees those of its own, and those that name no district of the city.
    """
    programme = reach.programme
    assert programme is not None
    found = PriorityEntry.objects.counting_for(programme.city_id, programme.year).filter(
        ~Exists(Enterprise.objects.filter(credit_code=OuterRef("credit_code")))
    )
    if reach.district:
        districts = programme.city.districts.exclude(pk=reach.district.pk).values("code")
        found = found.annotate(area=Substr("credit_code", AREA_START, AREA_LENGTH)).exclude(
            area__in=districts
        )
    return found.order_by("category", "credit_code"), "credit_code"


def _not_applied(reach: Reach, at: datetime) -> tuple[QuerySet[Qualification], str]:
    """Eligible enterprises without a live application for the batch that is open now."""
    batch = open_batch(reach, at)
    found = files_at("eligible", reach.programmes, year=reach.year, at=at)
    if batch is None:
        found = found.none()
    applied = Application.objects.filter(
        batch=batch, enterprise=OuterRef("enterprise"), withdrawn_at=None
    )
    # Whose yearly allowance is used up cannot apply (B3).
    spent = EnterpriseAllowance.objects.filter(
        programme=reach.programme,
        enterprise=OuterRef("enterprise"),
        cap__lte=F("applied") + F("received") - F("returned"),
    )
    found = found.filter(~Exists(applied), ~Exists(spent))
    if reach.district:
        found = found.filter(profile__district=reach.district)
    return found.order_by("pk"), "enterprise__credit_code"


def _lapsing(reach: Reach, at: datetime) -> tuple[QuerySet[Voucher], str]:
    """Vouchers of which something is reclaimed within 14 days: at the end of the window what is unused or ordered
    without a contract (V4), at expiry what is ordered and not paid (V5).

    A district sees the enterprises that are its own now, wherever they were when they applied.
    """
    limit = at + timedelta(days=LAPSING_DAYS)
    batches = list(
        Batch.objects.filter(programme=reach.programme, state=BatchState.PUBLISHED).select_related(
            "programme"
        )
    )
    ending = [one.pk for one in batches if at <= one.usage_ends_at <= limit]
    expiring = [one.pk for one in batches if at <= one.expires_at <= limit]
    unsigned = Exists(_UNSIGNED.filter(voucher=OuterRef("pk")))
    found = Voucher.objects.filter(
        Q(batch__in=ending) & (Q(free__gt=0) | Q(unsigned, reserved__gt=0))
        | Q(batch__in=expiring, reserved__gt=0)
    )
    if reach.district:
        # As a list of its own: joined with the vouchers, each of the city's would be asked for its district.
        found = found.filter(
            enterprise__in=Qualification.objects.filter(
                year=reach.year, profile__district=reach.district
            ).values("enterprise")
        )
    return found.order_by("batch__closes_at", "-free", "pk"), "enterprise__credit_code"


def _unregistered_calls(
    found: QuerySet[PriorityEntry], reach: Reach, at: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "credit_code": entry.credit_code,
            "name": entry.name,
            "why": entry.get_category_display(),
            "until": None,
            "amount": None,
            "profile": None,
        }
        for entry in found
    ]


def _unapplied_calls(
    found: QuerySet[Qualification], reach: Reach, at: datetime
) -> list[dict[str, Any]]:
    whole = Qualification.objects.select_related("enterprise", "profile__district")
    return [
        {
            "credit_code": row.enterprise.credit_code,
            "name": row.profile.name,
            "why": row.profile.get_size_class_display(),
            "until": None,
            "amount": None,
            "profile": row.profile,
        }
        for row in rows_of(found, whole)
    ]


def _lapsing_calls(found: QuerySet[Voucher], reach: Reach, at: datetime) -> list[dict[str, Any]]:
    """The nearest date of each voucher and what is reclaimed on it; the handler is the one of the year's file."""
    whole = Voucher.objects.select_related("enterprise", "batch__programme__city")
    vouchers = rows_of(found, whole)
    files = Qualification.objects.filter(
        year=reach.year, enterprise__in=[one.enterprise_id for one in vouchers]
    )
    profiles = {one.enterprise_id: one.profile for one in files.select_related("profile__district")}
    unsigned = dict(
        _UNSIGNED.filter(voucher__in=vouchers)
        .order_by()
        .values_list("voucher")
        .annotate(sum=total("reserved"))
    )
    return [
        {
            "credit_code": one.enterprise.credit_code,
            "name": one.enterprise.name,
            "profile": profiles.get(one.enterprise_id),
            **_next_loss(one, unsigned.get(one.pk, ZERO), at),
        }
        for one in vouchers
    ]


def _next_loss(voucher: Voucher, unsigned: Decimal, at: datetime) -> dict[str, Any]:
    """What of a voucher is reclaimed next, when and why; ``unsigned``: ordered without a contract, yuan."""
    batch = voucher.batch
    first = voucher.free + unsigned if at <= batch.usage_ends_at else ZERO
    if not first:
        return {"why": "已下单未支付", "until": batch.expires_at, "amount": voucher.reserved}
    causes = [words for words, sum in (("未下单", voucher.free), ("未签合同", unsigned)) if sum]
    return {"why": "、".join(causes), "until": batch.usage_ends_at, "amount": first}


_FINDERS: dict[CallList, Callable[[Reach, datetime], tuple[QuerySet[Any], str]]] = {
    CallList.NOT_REGISTERED: _not_registered,
    CallList.NOT_APPLIED: _not_applied,
    CallList.LAPSING: _lapsing,
}
_LINES: dict[CallList, Callable[[QuerySet[Any], Reach, datetime], list[dict[str, Any]]]] = {
    CallList.NOT_REGISTERED: _unregistered_calls,
    CallList.NOT_APPLIED: _unapplied_calls,
    CallList.LAPSING: _lapsing_calls,
}
