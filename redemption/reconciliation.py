"""Proof of the redemption books: lines against orders, settlements against lines (V2, R1, R5)."""

from __future__ import annotations

from collections.abc import Iterator

from foundation.reconciliation import Break, spoken_fen, wrong_rows
from orders.models import Order
from redemption.models import Claim, ClaimLine, Settlement
from vouchers.models import Batch, Voucher

ORDER = Order._meta.db_table
LINE = ClaimLine._meta.db_table
SETTLEMENT = Settlement._meta.db_table
CLAIM = Claim._meta.db_table
VOUCHER = Voucher._meta.db_table
BATCH = Batch._meta.db_table


def breaks() -> Iterator[Break]:
    """Every break of claims and settlements, named."""
    yield from _lines()
    yield from _owners()
    yield from _settlements()


def _lines() -> Iterator[Break]:
    """A live line claims what its order paid; a settled or disallowed order says so too."""
    for line, amount, held in wrong_rows(
        f"SELECT l.id, l.amount, o.paid + o.settled + o.disallowed FROM {LINE} l JOIN {ORDER} o ON o.id = l.order_id "
        f"WHERE l.state <> 'given_up' AND l.amount <> o.paid + o.settled + o.disallowed"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"兑现明细 {line}", f"申请兑现 {spoken_fen(amount)}，订单 {spoken_fen(held)}")
    for order, state in wrong_rows(
        f"SELECT o.id, o.state FROM {ORDER} o WHERE o.state IN ('claimed', 'settled', 'disallowed') AND NOT EXISTS ("
        f"SELECT 1 FROM {LINE} l WHERE l.order_id = o.id AND l.state <> 'given_up')"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"订单 {order}", f"状态为 {state}，但不在任何兑现申请中")
    for line, state, order_state in wrong_rows(
        f"SELECT l.id, l.state, o.state FROM {LINE} l JOIN {ORDER} o ON o.id = l.order_id "
        f"WHERE (l.state = 'settled') <> (o.state = 'settled') AND l.state <> 'given_up'"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"兑现明细 {line}", f"明细状态 {state}，订单状态 {order_state}")


def _owners() -> Iterator[Break]:
    """A claim holds orders of its provider and programme, and is paid by its own payments (R1, R5)."""
    for line, claim in wrong_rows(
        f"SELECT l.id, l.claim_id FROM {LINE} l JOIN {CLAIM} c ON c.id = l.claim_id JOIN {ORDER} o ON o.id = l.order_id "
        f"JOIN {VOUCHER} v ON v.id = o.voucher_id JOIN {BATCH} b ON b.id = v.batch_id "
        f"WHERE c.provider_id <> o.provider_id OR c.programme_id <> b.programme_id"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"兑现明细 {line}", f"订单属于其他机构或其他方案，不是申请 {claim} 的")
    for line, claim in wrong_rows(
        f"SELECT l.id, s.claim_id FROM {LINE} l JOIN {SETTLEMENT} s ON s.id = l.settlement_id "
        f"WHERE s.claim_id <> l.claim_id"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"兑现明细 {line}", f"由其他申请（{claim}）的拨付兑现")


def _settlements() -> Iterator[Break]:
    """Each settlement paid exactly its lines (R5)."""
    for settlement, amount, lines in wrong_rows(
        f"SELECT s.id, s.amount, COALESCE(SUM(l.amount), 0) FROM {SETTLEMENT} s "
        f"LEFT JOIN {LINE} l ON l.settlement_id = s.id GROUP BY s.id, s.amount "
        f"HAVING s.amount <> COALESCE(SUM(l.amount), 0)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"拨付 {settlement}", f"拨付金额 {spoken_fen(amount)}，明细合计 {spoken_fen(lines)}"
        )
