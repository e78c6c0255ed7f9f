"""What the season came to, in figures that a city officer understands; read from the ledger, not from the play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, Sum

from foundation.moments import spoken
from foundation.money import ZERO, total
from orders.models import Order, ProviderAllowance
from orders.states import OrderState
from providers.models import Provider
from redemption.models import ClaimLine, Settlement
from redemption.states import LineState
from rehearsal.season.tally import Tally
from vouchers.models import Allocation, Application, Batch, LedgerEntry, Programme, Voucher
from vouchers.operations.ledger import PLACES
from vouchers.states import EntryKind, Outcome

# Where voucher money ends; the other places of a voucher are on the way.
ENDS = ("settled", "disallowed", "returned", "reclaimed")


@dataclass(frozen=True)
class BatchFigures:
    """One batch; money in yuan. ``ordered``: by orders that were neither declined nor cancelled."""

    number: int
    opened: str
    closed: str
    published: str
    amount: Decimal
    applications: int
    applied: Decimal
    withdrawn: int
    vouchers: int
    granted: Decimal
    partial: int
    not_granted: int
    passed_over: int
    overtaken: int
    orders: int
    ordered: Decimal
    paid: Decimal
    places: dict[str, Decimal]


@dataclass(frozen=True)
class ProviderFigures:
    """One provider; money in yuan."""

    name: str
    level: str
    cap: Decimal
    orders: int
    accepted: Decimal
    settled: Decimal
    disallowed: Decimal
    stars: Decimal | None


@dataclass(frozen=True)
class SeasonFigures:
    """The whole season; ``faults`` says in Chinese what does not add up."""

    city: str
    year: int
    total: Decimal
    batches: list[BatchFigures]
    providers: list[ProviderFigures]
    issued: Decimal
    ended: dict[str, Decimal]
    on_the_way: Decimal
    events: dict[str, int]
    refusals: dict[str, int]
    faults: list[str] = field(default_factory=list)


def season_figures(programme: Programme, tally: Tally) -> SeasonFigures:
    """Everything the report says about one programme."""
    batches = [
        _batch(batch) for batch in programme.batches.exclude(state="cancelled").order_by("number")
    ]
    providers = _providers(programme)
    entered = _ledger(programme)
    issued = entered[EntryKind.ISSUE]
    ended = {place: sum((one.places[place] for one in batches), ZERO) for place in ENDS}
    figures = SeasonFigures(
        city=programme.city.name,
        year=programme.year,
        total=programme.total_amount,
        batches=batches,
        providers=providers,
        issued=issued,
        ended=ended,
        on_the_way=issued - sum(ended.values(), ZERO),
        events=dict(sorted(tally.events.items())),
        refusals=dict(sorted(tally.refusals.items())),
    )
    figures.faults.extend([*tally.faults, *_faults(programme, figures, entered)])
    return figures


def _batch(batch: Batch) -> BatchFigures:
    live = Application.objects.filter(batch=batch, withdrawn_at=None)
    decided = Allocation.objects.filter(application__batch=batch, round=0)
    outcomes = dict(decided.order_by().values_list("outcome").annotate(count=Count("pk")))
    places = Voucher.objects.filter(batch=batch).aggregate(
        amount=total("amount"), **{f"in_{place}": total(place) for place in PLACES}
    )
    orders = Order.objects.filter(voucher__batch=batch).exclude(
        state__in=(OrderState.DECLINED, OrderState.CANCELLED)
    )
    return BatchFigures(
        number=batch.number,
        opened=spoken(batch.opens_at),
        closed=spoken(batch.closes_at),
        published=spoken(batch.published_at) if batch.published_at else "",
        amount=batch.amount,
        applications=live.count(),
        applied=live.aggregate(sum=total("amount"))["sum"],
        withdrawn=Application.objects.filter(batch=batch).exclude(withdrawn_at=None).count(),
        vouchers=Voucher.objects.filter(batch=batch).count(),
        granted=places["amount"],
        partial=outcomes.get(Outcome.PARTIAL, 0),
        not_granted=outcomes.get(Outcome.NOT_GRANTED, 0),
        passed_over=outcomes.get(Outcome.PASSED_OVER, 0),
        overtaken=_overtaken(decided),
        orders=orders.count(),
        ordered=orders.aggregate(sum=total("expected_amount"))["sum"],
        paid=places["in_paid"] + places["in_settled"] + places["in_disallowed"],
        places={place: places[f"in_{place}"] for place in PLACES},
    )


def _overtaken(decided: Any) -> int:
    """How many were served before somebody who had come earlier: rank and place in line differ (B5)."""
    in_line = list(decided.order_by("application_id").values_list("rank", flat=True))
    ahead, overtaken = 0, 0
    for rank in reversed(in_line):
        overtaken += ahead > 0 and rank > ahead
        ahead = min(ahead, rank) if ahead else rank
    return overtaken


def _providers(programme: Programme) -> list[ProviderFigures]:
    orders = Q(orders__voucher__batch__programme=programme)
    found = (
        Provider.objects.filter(Q(orders__isnull=False) & orders)
        .annotate(
            order_count=Count("orders", filter=orders),
            settled_sum=total("orders__settled", filter=orders),
            disallowed_sum=total("orders__disallowed", filter=orders),
        )
        .select_related("accreditation")
        .order_by("credit_code")
    )
    allowances = {
        row.provider_id: row for row in ProviderAllowance.objects.filter(programme=programme)
    }
    stars = dict(
        Order.objects.filter(voucher__batch__programme=programme, rating__isnull=False)
        .order_by()
        .values_list("provider_id")
        .annotate(sum=Sum(F("rating__stars")) * 10 / Count("pk"))
    )
    return [
        ProviderFigures(
            name=provider.name,
            level=provider.accreditation.get_level_display(),
            cap=allowances[provider.pk].cap,
            orders=provider.order_count,
            accepted=allowances[provider.pk].accepted,
            settled=provider.settled_sum,
            disallowed=provider.disallowed_sum,
            stars=Decimal(stars[provider.pk]) / 10 if provider.pk in stars else None,
        )
        for provider in found
    ]


def _ledger(programme: Programme) -> dict[str, Decimal]:
    """What was entered of each kind, straight from the ledger (V2)."""
    sums = dict(
        LedgerEntry.objects.filter(voucher__batch__programme=programme)
        .order_by()
        .values_list("kind")
        .annotate(sum=total("amount"))
    )
    return {kind: sums.get(kind, ZERO) for kind in EntryKind.values}


def _faults(programme: Programme, figures: SeasonFigures, entered: dict[str, Decimal]) -> list[str]:
    """Every sum that two ways of counting do not agree on."""
    granted = sum((batch.granted for batch in figures.batches), ZERO)
    places = sum((sum(batch.places.values(), ZERO) for batch in figures.batches), ZERO)
    settled = sum((provider.settled for provider in figures.providers), ZERO)
    paid_out = Settlement.objects.filter(claim__programme=programme).aggregate(sum=total("amount"))
    lines = ClaimLine.objects.filter(claim__programme=programme).aggregate(
        settled=total("amount", filter=Q(state=LineState.SETTLED)),
        disallowed=total("amount", filter=Q(state=LineState.DISALLOWED)),
    )
    pairs: Sequence[tuple[str, Decimal, Decimal]] = (
        ("发放（台账）与获券（名单）", entered[EntryKind.ISSUE], granted),
        ("发放（台账）与各处金额合计", entered[EntryKind.ISSUE], places),
        ("系统收回（台账）与账面", entered[EntryKind.RECLAIM], figures.ended["reclaimed"]),
        ("主动退回（台账）与账面", entered[EntryKind.RETURN], figures.ended["returned"]),
        ("兑现（台账）与账面", entered[EntryKind.SETTLE], figures.ended["settled"]),
        ("兑现（账面）与机构合计", figures.ended["settled"], settled),
        ("兑现（账面）与银行拨付", figures.ended["settled"], paid_out["sum"]),
        ("兑现（账面）与兑现明细", figures.ended["settled"], lines["settled"]),
        ("不予兑现（账面）与台账", figures.ended["disallowed"], entered[EntryKind.DISALLOW]),
        ("不予兑现（账面）与兑现明细", figures.ended["disallowed"], lines["disallowed"]),
    )
    faults = [f"{what}不符：{one} 元，{other} 元" for what, one, other in pairs if one != other]
    for provider in figures.providers:
        if provider.accepted > provider.cap:
            faults.append(f"{provider.name}收券 {provider.accepted} 元，超出上限 {provider.cap} 元")
    for batch in figures.batches:
        if batch.granted > batch.amount:
            faults.append(f"第 {batch.number} 批获券 {batch.granted} 元，超出 {batch.amount} 元")
    return faults
