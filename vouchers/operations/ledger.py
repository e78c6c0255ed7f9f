"""Moving voucher money: one entry, one voucher, two places (V2).

Callers hold the voucher's row lock (``lock_voucher``) before they read a balance; everything that moves a voucher's
money, its orders included, is serialised by that row.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from foundation.errors import OutOfReach, Refusal
from foundation.money import ZERO, spoken_money
from providers.models import Provider
from vouchers.models import LedgerEntry, Voucher
from vouchers.states import EntryKind

# kind -> (place the money leaves, place it enters); issue enters from outside.
MOVES: dict[EntryKind, tuple[str, str]] = {
    EntryKind.ISSUE: ("", "free"),
    EntryKind.RESERVE: ("free", "reserved"),
    EntryKind.RELEASE: ("reserved", "free"),
    EntryKind.PAY: ("reserved", "paid"),
    EntryKind.REFUND: ("paid", "reserved"),
    EntryKind.RETURN: ("free", "returned"),
    EntryKind.RECLAIM: ("free", "reclaimed"),
    EntryKind.SETTLE: ("paid", "settled"),
    EntryKind.DISALLOW: ("paid", "disallowed"),
}
PLACES = ("free", "reserved", "paid", "settled", "disallowed", "returned", "reclaimed")


class InsufficientBalance(Refusal):
    """The place the money should leave holds less than the amount (V2)."""

    rule = "V2"


def lock_voucher(pk: int) -> Voucher:
    """The voucher with its row locked until the transaction ends, its batch and programme loaded."""
    voucher = (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("batch__programme")
        .filter(pk=pk)
        .first()
    )
    if voucher is None:
        raise OutOfReach(f"no voucher {pk}")
    return voucher


def lock_vouchers(pks: set[int]) -> dict[int, Voucher]:
    """Several vouchers locked in ascending order of primary key, so that two callers cannot deadlock."""
    rows = (
        Voucher.objects.select_for_update(of=("self",))
        .select_related("batch__programme")
        .filter(pk__in=pks)
        .order_by("pk")
    )
    return {voucher.pk: voucher for voucher in rows}


def move(
    voucher: Voucher,
    kind: EntryKind,
    amount: Decimal,
    *,
    at: datetime,
    reference: str,
    provider: Provider | None = None,
) -> None:
    """Move ``amount`` yuan of a locked voucher as ``kind`` says and append the entry; nothing for zero.

    Raises InsufficientBalance when the source place holds less; ValueError for a negative amount.
    """
    if amount < ZERO:
        raise ValueError(f"negative amount {amount}")
    if amount == ZERO:
        return
    source, target = MOVES[kind]
    if source:
        held = getattr(voucher, source)
        if held < amount:
            raise InsufficientBalance(
                f"服务券余额不足：需要 {spoken_money(amount)}，现有 {spoken_money(held)}。"
            )
        setattr(voucher, source, held - amount)
        setattr(voucher, target, getattr(voucher, target) + amount)
        voucher.save(update_fields=[source, target])
    LedgerEntry.objects.create(
        voucher=voucher, kind=kind, amount=amount, at=at, provider=provider, reference=reference
    )
