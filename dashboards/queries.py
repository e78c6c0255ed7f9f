"""Figures across all floors, for the district, the city and the province (N3). Reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, Count, F, QuerySet

from enterprises.models import Enterprise, Industry, Qualification, SizeClass
from enterprises.queries import eligible_enterprises
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach
from foundation.money import ZERO, total
from foundation.regions.models import District
from foundation.rosters.models import PriorityEntry
from orders.models import BankTransfer, Order, ProviderAllowance, Rating
from vouchers.models import Application, Batch, Programme, Voucher
from vouchers.states import BatchState

LAPSING_DAYS = 14


@dataclass(frozen=True)
class Reach:
    """What a dashboard covers: a programme, and one district of it for a district official."""

    programme: Programme
    district: District | None


@dataclass
class Row:
    """One line of the funnel: enterprises counted, amounts in yuan."""

    label: str
    registered: int = 0
    eligible: int = 0
    applied: int = 0
    granted: Decimal = ZERO
    ordered: Decimal = ZERO
    paid: Decimal = ZERO
    settled: Decimal = ZERO
    figures: dict[str, Any] = field(default_factory=dict)


def programmes_for(user: User) -> QuerySet[Programme]:
    """The programmes whose dashboard an account may see: its own city's, the province all."""
    programmes = Programme.objects.select_related("city").order_by("-year", "city__code")
    if user.role == Role.PROVINCE:
        return programmes
    if user.role in {Role.BUREAU, Role.DISTRICT} and user.city_id:
        return programmes.filter(city_id=user.city_id)
    return programmes.none()


def reach_of(by: Actor, programme_pk: int | None) -> Reach | None:
    """The dashboard's reach for an account: the programme asked for or the newest; None when there is none yet."""
    if by.user is None:
        raise OutOfReach("dashboards are for officials")
    programmes = programmes_for(by.user)
    programme = programmes.filter(pk=programme_pk).first() if programme_pk else programmes.first()
    if programme is None and programme_pk:
        raise OutOfReach(f"programme {programme_pk}")
    if programme is None:
        return None
    if by.role == Role.DISTRICT and by.user.district is None:
        raise OutOfReach("a district account without a district")
    return Reach(programme, by.user.district if by.role == Role.DISTRICT else None)


GROUPINGS: dict[str, tuple[str, str, Callable[[Any], str]]] = {
    # name: (heading, field of the year's profile, words for a value)
    "district": ("区", "profile__district__name", str),
    "size": ("规模", "profile__size_class", lambda value: SizeClass(value).label),
    "industry": ("行业", "profile__industry", lambda value: Industry(value).label),
}


def funnel(reach: Reach, grouping: str, at: datetime) -> list[Row]:
    """Registered → eligible (E5, ``at`` that moment) → applied → granted → ordered → paid → settled, by district, size
    or industry."""
    _heading, value, words = GROUPINGS[grouping]
    programme = reach.programme
    files = Qualification.objects.filter(year=programme.year, enterprise__city_id=programme.city_id)
    if reach.district:
        files = files.filter(profile__district=reach.district)
    group_of = dict(files.values_list("enterprise_id", value))
    rows: dict[Any, Row] = defaultdict(lambda: Row(label=""))
    for group, registered in files.values_list(value).annotate(count=Count("pk")).order_by(value):
        rows[group] = Row(label=words(group), registered=registered)
    eligible = eligible_enterprises(city_id=programme.city_id, year=programme.year, at=at)
    for enterprise in eligible.values_list("pk", flat=True):
        if enterprise in group_of:
            rows[group_of[enterprise]].eligible += 1
    applied = Application.objects.filter(batch__programme=programme, withdrawn_at=None)
    for enterprise in applied.order_by().values_list("enterprise_id", flat=True).distinct():
        if enterprise in group_of:
            rows[group_of[enterprise]].applied += 1
    vouchers = Voucher.objects.filter(batch__programme=programme)
    for enterprise, granted, reserved, paid, settled, disallowed in vouchers.values_list(
        "enterprise_id"
    ).annotate(
        granted=total("amount"),
        held=total("reserved"),
        spent=total("paid"),
        done=total("settled"),
        refused=total("disallowed"),
    ):
        if enterprise not in group_of:
            continue
        row = rows[group_of[enterprise]]
        row.granted += granted
        row.ordered += reserved + paid + settled + disallowed
        row.paid += paid + settled + disallowed
        row.settled += settled
    return list(rows.values())


def sum_of(rows: list[Row]) -> Row:
    """The total line of a funnel."""
    result = Row(label="合计")
    for row in rows:
        for name in ("registered", "eligible", "applied", "granted", "ordered", "paid", "settled"):
            setattr(result, name, getattr(result, name) + getattr(row, name))
    return result


def batch_figures(reach: Reach) -> list[Any]:
    """Each published batch: granted, where the money is now, yuan."""
    vouchers = Voucher.objects.filter(
        batch__programme=reach.programme, batch__state=BatchState.PUBLISHED
    )
    if reach.district:
        vouchers = vouchers.filter(allocation__application__profile__district=reach.district)
    return list(
        vouchers.values(batch_number=F("batch__number"))
        .annotate(
            vouchers=Count("pk"),
            granted=total("amount"),
            unused=total("free"),
            ordered=total("reserved"),
            spent=total("paid"),
            done=total("settled"),
            refused=total("disallowed"),
            given_back=total("returned"),
            taken_back=total("reclaimed"),
        )
        .order_by("batch_number")
    )


def lapsing(reach: Reach, at: datetime) -> QuerySet[Voucher]:
    """Vouchers with a free balance that will be reclaimed within 14 days, the soonest first."""
    batches = [
        batch.pk
        for batch in Batch.objects.filter(
            programme=reach.programme, state=BatchState.PUBLISHED
        ).select_related("programme")
        if at <= batch.usage_ends_at <= at + timedelta(days=LAPSING_DAYS)
    ]
    vouchers = Voucher.objects.filter(batch_id__in=batches, free__gt=0).select_related(
        "enterprise", "batch__programme__city", "allocation__application__profile__district"
    )
    if reach.district:
        vouchers = vouchers.filter(allocation__application__profile__district=reach.district)
    return vouchers.order_by("batch__closes_at", "-free", "pk")


def not_registered(reach: Reach) -> QuerySet[PriorityEntry]:
    """Rostered enterprises of the city that have not registered; rosters do not know districts."""
    programme = reach.programme
    return (
        PriorityEntry.objects.counting_for(programme.city_id, programme.year)
        .exclude(credit_code__in=Enterprise.objects.values("credit_code"))
        .order_by("category", "credit_code")
    )


def provider_figures(reach: Reach) -> list[dict[str, Any]]:
    """Each provider in the programme: accepted, cap, what is left, rating; the most accepted first."""
    stars = {
        row["provider"]: row["average"]
        for row in Rating.objects.filter(order__voucher__batch__programme=reach.programme)
        .values("provider")
        .annotate(average=Avg("stars"))
    }
    allowances = ProviderAllowance.objects.filter(programme=reach.programme).select_related(
        "provider"
    )
    return [
        {
            "provider": allowance.provider,
            "accepted": allowance.accepted,
            "reserved": allowance.reserved,
            "cap": allowance.cap,
            "left": allowance.left,
            "stars": stars.get(allowance.provider_id),
        }
        for allowance in allowances.order_by("-accepted")
    ]


def leverage(reach: Reach) -> Decimal | None:
    """Own money pulled in per yuan of accepted voucher (绩效评价); None before anything was accepted."""
    orders = Order.objects.filter(
        voucher__batch__programme=reach.programme, accepted_at__isnull=False
    )
    if reach.district:
        orders = orders.filter(profile__district=reach.district)
    spent = orders.aggregate(paid=total("paid"), settled=total("settled"))
    vouchers = spent["paid"] + spent["settled"]
    if not vouchers:
        return None
    own = BankTransfer.objects.filter(
        payment__order__in=orders, payment__state="accepted", superseded_at=None
    ).aggregate(sum=total("amount"))["sum"]
    return (own / vouchers).quantize(Decimal("0.01"))
