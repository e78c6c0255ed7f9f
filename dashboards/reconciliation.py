"""Proof of the rolled-up figures: each programme against the ledger, its orders against its vouchers (V2, N3).

A programme whose ledger has moved on since the figures were taken is not compared: it will be after the next roll-up. The
ledger is append-only, so the same number of entries is the same entries.
"""

from __future__ import annotations

from collections.abc import Iterator

from dashboards.models import OrderFigures, Snapshot, VoucherFigures
from foundation.reconciliation import Break, compared, wrong_rows
from vouchers.models import Batch, LedgerEntry, Voucher
from vouchers.operations.ledger import PLACES
from vouchers.reconciliation import place_sum

ENTRY = LedgerEntry._meta.db_table
VOUCHER = Voucher._meta.db_table
BATCH = Batch._meta.db_table
SNAPSHOT = Snapshot._meta.db_table
FIGURES = VoucherFigures._meta.db_table
ORDERS = OrderFigures._meta.db_table
HELD = ("reserved", "paid", "settled", "disallowed")


def breaks() -> Iterator[Break]:
    """Sums of a programme on its dashboards that are not the ledger's, or not those of its vouchers."""
    yield from _programmes()
    yield from _orders()


def _programmes() -> Iterator[Break]:
    """The sums of a programme's rows are those of its raw entries, place by place."""
    sums = ", ".join(f"{place_sum(place)} AS {place}" for place in PLACES)
    kept = ", ".join(f"SUM({place}) AS {place}" for place in ("amount", *PLACES))
    issued = "SUM(CASE WHEN kind = 'issue' THEN amount ELSE 0 END) AS amount"
    columns = ", ".join(
        f"COALESCE(f.{place}, 0), COALESCE(l.{place}, 0)" for place in ("amount", *PLACES)
    )
    wrong = " OR ".join(
        f"COALESCE(f.{place}, 0) <> COALESCE(l.{place}, 0)" for place in ("amount", *PLACES)
    )
    found = wrong_rows(
        f"WITH entries AS (SELECT b.programme_id, e.kind, e.amount FROM {ENTRY} e JOIN {VOUCHER} v ON v.id = e.voucher_id "
        f"JOIN {BATCH} b ON b.id = v.batch_id) "
        f"SELECT s.programme_id, {columns} FROM {SNAPSHOT} s "
        f"LEFT JOIN (SELECT programme_id, COUNT(*) AS count, {issued}, {sums} FROM entries GROUP BY programme_id) l "
        f"ON l.programme_id = s.programme_id "
        f"LEFT JOIN (SELECT programme_id, {kept} FROM {FIGURES} GROUP BY programme_id) f "
        f"ON f.programme_id = s.programme_id "
        f"WHERE s.entries = COALESCE(l.count, 0) AND ({wrong})"  # nosec B608 # our own names only, values by parameter
    )
    yield from compared(
        found, "看板 方案", ("amount", *PLACES), of=VoucherFigures, kept="汇总", other="台账"
    )


def _orders() -> Iterator[Break]:
    """What the orders' rows hold is what the vouchers' rows say is reserved and used; both are of one moment."""
    sums = ", ".join(f"SUM({place}) AS {place}" for place in HELD)
    columns = ", ".join(f"COALESCE(o.{place}, 0), COALESCE(v.{place}, 0)" for place in HELD)
    wrong = " OR ".join(f"COALESCE(o.{place}, 0) <> COALESCE(v.{place}, 0)" for place in HELD)
    found = wrong_rows(
        f"SELECT v.programme_id, {columns} FROM (SELECT programme_id, {sums} FROM {FIGURES} GROUP BY programme_id) v "
        f"LEFT JOIN (SELECT programme_id, {sums} FROM {ORDERS} GROUP BY programme_id) o "
        f"ON o.programme_id = v.programme_id WHERE {wrong}"  # nosec B608 # our own names only, values by parameter
    )
    yield from compared(
        found, "看板 方案", HELD, of=OrderFigures, kept="订单汇总", other="服务券汇总"
    )
