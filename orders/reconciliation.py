"""Proof of the orders' books: each order against the ledger, each voucher and provider against its orders (V2, P7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.reconciliation import Break, spoken_fen, wrong_rows
from orders.models import Order, ProviderAllowance
from vouchers.models import Batch, LedgerEntry, Voucher
from vouchers.reconciliation import place_sum

ORDER = Order._meta.db_table
ENTRY = LedgerEntry._meta.db_table
VOUCHER = Voucher._meta.db_table
BATCH = Batch._meta.db_table
ALLOWANCE = ProviderAllowance._meta.db_table
HELD = ("reserved", "paid", "settled", "disallowed")


def breaks() -> Iterator[Break]:
    """Every break of orders, of vouchers against their orders, and of providers, named."""
    yield from _orders()
    yield from _vouchers()
    yield from _providers()


def _compare(found: list[tuple[Any, ...]], subject: str, other: str) -> Iterator[Break]:
    for pk, *figures in found:
        for index, place in enumerate(HELD):
            kept, counted = figures[2 * index], figures[2 * index + 1]
            if kept != counted:
                label = Order._meta.get_field(place).verbose_name
                yield Break(
                    f"{subject} {pk}",
                    f"{label}：账面 {spoken_fen(kept)}，{other} {spoken_fen(counted)}",
                )


def _orders() -> Iterator[Break]:
    """Each order's amounts as the ledger entries that name it have them."""
    sums = ", ".join(f"{place_sum(place)} AS {place}" for place in HELD)
    columns = ", ".join(f"o.{place}, COALESCE(l.{place}, 0)" for place in HELD)
    wrong = " OR ".join(f"o.{place} <> COALESCE(l.{place}, 0)" for place in HELD)
    yield from _compare(
        wrong_rows(
            f"SELECT o.id, {columns} FROM {ORDER} o LEFT JOIN (SELECT reference, {sums} FROM {ENTRY} "
            f"WHERE reference LIKE 'order:%' GROUP BY reference) l ON l.reference = 'order:' || o.id WHERE {wrong}"
        ),
        "订单",
        "台账",
    )


def _vouchers() -> Iterator[Break]:
    """What a voucher has reserved and paid is what its orders have."""
    sums = ", ".join(f"SUM({place}) AS {place}" for place in HELD)
    columns = ", ".join(f"v.{place}, COALESCE(o.{place}, 0)" for place in HELD)
    wrong = " OR ".join(f"v.{place} <> COALESCE(o.{place}, 0)" for place in HELD)
    yield from _compare(
        wrong_rows(
            f"SELECT v.id, {columns} FROM {VOUCHER} v LEFT JOIN (SELECT voucher_id, {sums} FROM {ORDER} "
            f"GROUP BY voucher_id) o ON o.voucher_id = v.id WHERE {wrong}"
        ),
        "服务券",
        "订单合计",
    )


def _providers() -> Iterator[Break]:
    """What counts against a provider's cap is what its orders hold, and stays under the cap (P7)."""
    for provider, programme, reserved, reserved_sum, accepted, accepted_sum, cap in wrong_rows(
        f"SELECT COALESCE(a.provider_id, o.provider_id), COALESCE(a.programme_id, o.programme_id), "
        f"COALESCE(a.reserved, 0), COALESCE(o.reserved, 0), COALESCE(a.accepted, 0), COALESCE(o.accepted, 0), "
        f"COALESCE(a.cap, 0) FROM (SELECT o.provider_id, b.programme_id, SUM(o.reserved) AS reserved, "
        f"SUM(o.paid + o.settled) AS accepted FROM {ORDER} o JOIN {VOUCHER} v ON v.id = o.voucher_id "
        f"JOIN {BATCH} b ON b.id = v.batch_id GROUP BY o.provider_id, b.programme_id) o "
        f"LEFT JOIN {ALLOWANCE} a ON a.provider_id = o.provider_id AND a.programme_id = o.programme_id "
        f"WHERE COALESCE(a.reserved, 0) <> o.reserved OR COALESCE(a.accepted, 0) <> o.accepted "
        f"OR o.reserved + o.accepted > COALESCE(a.cap, 0)"
    ):
        subject = f"服务机构 {provider} 方案 {programme}"
        if reserved != reserved_sum:
            yield Break(
                subject, f"已预留：账面 {spoken_fen(reserved)}，订单合计 {spoken_fen(reserved_sum)}"
            )
        if accepted != accepted_sum:
            yield Break(
                subject, f"已收券：账面 {spoken_fen(accepted)}，订单合计 {spoken_fen(accepted_sum)}"
            )
        if reserved_sum + accepted_sum > cap:
            yield Break(subject, f"超出收券上限 {spoken_fen(cap)}")
    for provider, programme in wrong_rows(
        f"SELECT a.provider_id, a.programme_id FROM {ALLOWANCE} a WHERE a.reserved + a.accepted > 0 AND NOT EXISTS ("
        f"SELECT 1 FROM {ORDER} o JOIN {VOUCHER} v ON v.id = o.voucher_id JOIN {BATCH} b ON b.id = v.batch_id "
        f"WHERE o.provider_id = a.provider_id AND b.programme_id = a.programme_id)"
    ):
        yield Break(f"服务机构 {provider} 方案 {programme}", "有已用额度而没有订单")
