"""Proof of the orders' books: each order against the ledger, each voucher and provider against its orders (V2, P7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from foundation.money import spoken_money
from foundation.reconciliation import Break, compared, spoken_fen, wrong_rows
from orders.models import Order, Payment, ProviderAllowance
from vouchers.models import Batch, LedgerEntry, Voucher
from vouchers.reconciliation import place_sum

ORDER = Order._meta.db_table
PAYMENT = Payment._meta.db_table
ENTRY = LedgerEntry._meta.db_table
VOUCHER = Voucher._meta.db_table
BATCH = Batch._meta.db_table
ALLOWANCE = ProviderAllowance._meta.db_table
HELD = ("reserved", "paid", "settled", "disallowed")


def breaks() -> Iterator[Break]:
    """Every break of orders, of vouchers against their orders, and of providers, named."""
    yield from _orders()
    yield from _owners()
    yield from _payments()
    yield from _vouchers()
    yield from _providers()
    yield from _caps()


def _compare(found: list[tuple[Any, ...]], subject: str, other: str) -> Iterator[Break]:
    return compared(found, subject, HELD, of=Order, kept="账面", other=other)


def _orders() -> Iterator[Break]:
    """Each order's amounts as the ledger entries that name it have them."""
    sums = ", ".join(f"{place_sum(place)} AS {place}" for place in HELD)
    columns = ", ".join(f"o.{place}, COALESCE(l.{place}, 0)" for place in HELD)
    wrong = " OR ".join(f"o.{place} <> COALESCE(l.{place}, 0)" for place in HELD)
    yield from _compare(
        wrong_rows(
            f"SELECT o.id, {columns} FROM {ORDER} o LEFT JOIN (SELECT reference, {sums} FROM {ENTRY} "
            f"WHERE reference LIKE 'order:%' GROUP BY reference) l ON l.reference = 'order:' || o.id WHERE {wrong}"  # nosec B608 # our own names only, values by parameter
        ),
        "订单",
        "台账",
    )


def _owners() -> Iterator[Break]:
    """An order is its voucher's enterprise's (V1), and the ledger books it on its voucher and provider (V2)."""
    for order, voucher in wrong_rows(
        f"SELECT o.id, v.number FROM {ORDER} o JOIN {VOUCHER} v ON v.id = o.voucher_id "
        f"WHERE o.enterprise_id <> v.enterprise_id"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"订单 {order}", f"使用了其他企业的服务券 {voucher}")
    for order, provider, booked, voucher in wrong_rows(
        f"SELECT DISTINCT o.id, o.provider_id, l.provider_id, l.voucher_id FROM {ORDER} o "
        f"JOIN {ENTRY} l ON l.reference = 'order:' || o.id "
        f"WHERE l.voucher_id <> o.voucher_id OR l.provider_id <> o.provider_id"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"订单 {order}", f"服务机构 {provider}，台账记在机构 {booked}、服务券 {voucher} 名下"
        )


def _payments() -> Iterator[Break]:
    """An order holds what its live payment says, and nothing without one; the payment is accepted with it (O5, O7)."""
    for order, held, paid in wrong_rows(
        f"SELECT o.id, o.paid + o.settled + o.disallowed, COALESCE(p.amount, 0) FROM {ORDER} o "
        f"LEFT JOIN {PAYMENT} p ON p.order_id = o.id AND p.state <> 'returned' "
        f"WHERE o.paid + o.settled + o.disallowed <> COALESCE(p.amount, 0)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"订单 {order}", f"订单用券 {spoken_fen(held)}，支付记录 {spoken_fen(paid)}")
    for order, state, payment_state in wrong_rows(
        f"SELECT o.id, o.state, p.state FROM {ORDER} o JOIN {PAYMENT} p ON p.order_id = o.id "
        f"AND p.state <> 'returned' WHERE (p.state = 'accepted') <> "
        f"(o.state IN ('accepted', 'claimed', 'settled', 'disallowed'))"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"订单 {order}", f"订单状态 {state}，支付状态 {payment_state}")


def _caps() -> Iterator[Break]:
    """A provider's cap is at most what the programme's figures give (P7)."""
    for allowance in ProviderAllowance.objects.select_related("programme").iterator():
        if allowance.cap > allowance.programme.acceptance_cap:
            yield Break(
                f"服务机构 {allowance.provider_id} 方案 {allowance.programme_id}",
                f"收券上限 {spoken_money(allowance.cap)} 高于方案的 "
                f"{spoken_money(allowance.programme.acceptance_cap)}",
            )


def _vouchers() -> Iterator[Break]:
    """What a voucher has reserved and paid is what its orders have."""
    sums = ", ".join(f"SUM({place}) AS {place}" for place in HELD)
    columns = ", ".join(f"v.{place}, COALESCE(o.{place}, 0)" for place in HELD)
    wrong = " OR ".join(f"v.{place} <> COALESCE(o.{place}, 0)" for place in HELD)
    yield from _compare(
        wrong_rows(
            f"SELECT v.id, {columns} FROM {VOUCHER} v LEFT JOIN (SELECT voucher_id, {sums} FROM {ORDER} "
            f"GROUP BY voucher_id) o ON o.voucher_id = v.id WHERE {wrong}"  # nosec B608 # our own names only, values by parameter
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
        f"OR o.reserved + o.accepted > COALESCE(a.cap, 0)"  # nosec B608 # our own names only, values by parameter
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
        f"WHERE o.provider_id = a.provider_id AND b.programme_id = a.programme_id)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"服务机构 {provider} 方案 {programme}", "有已用额度而没有订单")
