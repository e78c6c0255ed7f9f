"""An enterprise's voucher money in words: where every yuan is, what happened to it, what can be done now (V1–V6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Q

from enterprises.models import Enterprise
from foundation.moments import local_day, spoken
from foundation.money import ZERO, spoken_money
from foundation.todos import Todo
from vouchers.models import (
    Application,
    Batch,
    EnterpriseAllowance,
    LedgerEntry,
    Programme,
    Voucher,
)
from vouchers.queries import announced_batches, programme_of, results_shown_at
from vouchers.states import BatchState, EntryKind

EVENTS_SHOWN = 8


@dataclass(frozen=True)
class Place:
    """A part of a voucher's money: where it is, how much (yuan), and what that means. ``start``: what lies before it."""

    key: str
    label: str
    amount: Decimal
    meaning: str
    start: Decimal = ZERO


# In the order of a voucher's life; the place that a use ends in comes before what is given up.
_MEANINGS: dict[str, tuple[str, str]] = {
    "free": ("可用", "可以下单使用，用不完的可以主动退回"),
    "lapsing": ("待收回", "使用期限已过，由系统收回，占用年度额度"),
    "reserved": ("已预留", "已下单，等待签订合同和支付"),
    "paid": ("已支付", "已支付给服务机构，等待兑现"),
    "settled": ("已兑现", "已由财政拨付给服务机构"),
    "disallowed": ("不予兑现", "审核未通过，资金退回专项资金"),
    "returned": ("主动退回", "已退回，不占用年度额度"),
    "reclaimed": ("系统收回", "逾期未用被收回，占用年度额度"),
}


def places_of(vouchers: Iterable[Voucher], at: datetime) -> list[Place]:
    """Where the money of some vouchers is; together the places are their amount (V2). Empty places are left out."""
    sums = dict.fromkeys(_MEANINGS, ZERO)
    for voucher in vouchers:
        in_window = at <= voucher.batch.usage_ends_at
        sums["free" if in_window else "lapsing"] += voucher.free
        for key in ("reserved", "paid", "settled", "disallowed", "returned", "reclaimed"):
            sums[key] += getattr(voucher, key)
    places, start = [], ZERO
    for key, (label, meaning) in _MEANINGS.items():
        if sums[key]:
            places.append(Place(key, label, sums[key], meaning, start))
            start += sums[key]
    return places


@dataclass(frozen=True)
class Movement:
    """A ledger entry in plain words, for a timeline."""

    at: datetime
    text: str
    note: str
    url: str
    tone: str


# What each kind says; the amount stands between the two parts.
_WORDS: dict[str, tuple[str, str, str]] = {
    EntryKind.ISSUE: ("获得服务券 ", "", "good"),
    EntryKind.RESERVE: ("下单，预留 ", "", "brand"),
    EntryKind.RELEASE: ("解除预留，", "回到可用余额", "neutral"),
    EntryKind.PAY: ("支付 ", "", "brand"),
    EntryKind.REFUND: ("支付被退回，", "回到订单预留", "warn"),
    EntryKind.RETURN: ("主动退回 ", "，不占用年度额度", "neutral"),
    EntryKind.RECLAIM: ("逾期未用，系统收回 ", "，占用年度额度", "bad"),
    EntryKind.SETTLE: ("服务机构兑现 ", "", "good"),
    EntryKind.DISALLOW: ("不予兑现 ", "，资金退回专项资金", "bad"),
}


def movement_of(entry: LedgerEntry) -> Movement:
    """A ledger entry as a sentence; ``entry.provider`` should be loaded."""
    before, after, tone = _WORDS[entry.kind]
    kind, _, key = entry.reference.partition(":")
    return Movement(
        at=entry.at,
        text=f"{before}{spoken_money(entry.amount)}{after}",
        note=str(entry.provider or ""),
        # An order's page is of a higher floor; its address is plain.
        url=f"/orders/{key}/" if kind == "order" and key.isdecimal() else "",
        tone=tone,
    )


@dataclass(frozen=True)
class Allowance:
    """The yearly cap of an enterprise and what counts against it, yuan (B3)."""

    cap: Decimal
    applied: Decimal
    received: Decimal
    returned: Decimal

    @property
    def used(self) -> Decimal:
        """What counts against the cap now."""
        return self.applied + self.received - self.returned

    @property
    def left(self) -> Decimal:
        """What may still be applied for."""
        return self.cap - self.used


def allowance_of(enterprise_id: int, programme: Programme) -> Allowance:
    """The enterprise's cap in a programme; nothing is used before its first application."""
    row = EnterpriseAllowance.objects.filter(
        enterprise_id=enterprise_id, programme=programme
    ).first()
    if row is None:
        return Allowance(programme.enterprise_cap, ZERO, ZERO, ZERO)
    return Allowance(row.cap, row.applied, row.received, row.returned)


@dataclass(frozen=True)
class Wallet:
    """What an enterprise has this year and still holds of earlier ones, for its home page.

    ``programme`` and ``allowance``: of the year, None before its programme is there; ``amount``: yuan, of all vouchers.
    """

    programme: Programme | None
    allowance: Allowance | None
    amount: Decimal
    has_earlier: bool
    places: list[Place]
    movements: list[Movement]
    next_batch: Batch | None
    awaited: list[Application]

    @property
    def free(self) -> Decimal:
        """What can be ordered with now."""
        return sum((place.amount for place in self.places if place.key == "free"), ZERO)

    @property
    def waiting(self) -> Todo | None:
        """That an application is in and when its results come, for who has nothing to do but wait (B7)."""
        if not self.awaited:
            return None
        first = min(self.awaited, key=lambda one: one.batch.closes_at)
        results_at = results_shown_at(first.batch)
        when = (
            f"结果将于 {spoken(results_at)} 公布，届时通知您" if results_at else "结果公布后通知您"
        )
        return Todo(
            f"第 {first.batch.number} 批已提交申领 {spoken_money(first.amount)}，无需再办理。{when}。",
            f"/vouchers/applications/{first.pk}/",
            "查看申领",
        )


def wallet_of(enterprise: Enterprise, at: datetime) -> Wallet | None:
    """The enterprise's vouchers of the year of ``at``, and of any year while they have not expired (V5).

    None when there are none and its city has no programme for the year.
    """
    programme = programme_of(enterprise.city_id, local_day(at).year)
    counted = Q(batch__valid_until__gte=local_day(at))
    if programme is not None:
        counted |= Q(batch__programme=programme)
    vouchers = list(
        Voucher.objects.filter(counted, enterprise=enterprise).select_related("batch__programme")
    )
    if programme is None and not vouchers:
        return None
    live = list(
        Application.objects.filter(
            enterprise=enterprise, withdrawn_at=None, batch__programme=programme
        ).select_related("batch")
    )
    entries = (
        LedgerEntry.objects.filter(voucher__enterprise=enterprise)
        .select_related("provider")
        .order_by("-id")[:EVENTS_SHOWN]
    )
    coming = announced_batches().filter(
        programme=programme, closes_at__gte=at, state=BatchState.ANNOUNCED
    )
    return Wallet(
        programme=programme,
        allowance=allowance_of(enterprise.pk, programme) if programme else None,
        amount=sum((voucher.amount for voucher in vouchers), ZERO),
        has_earlier=any(voucher.batch.programme != programme for voucher in vouchers),
        places=places_of(vouchers, at),
        movements=[movement_of(entry) for entry in entries],
        next_batch=coming.exclude(pk__in=[one.batch_id for one in live])
        .order_by("opens_at")
        .first(),
        awaited=[one for one in live if one.batch.state != BatchState.PUBLISHED],
    )
