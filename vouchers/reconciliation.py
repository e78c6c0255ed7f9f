"""Proof of this floor's books: every kept figure recomputed from the ledger and from what was decided (V2).

Each check is one set-based statement that returns only the rows that are wrong.
"""

from __future__ import annotations

from collections.abc import Iterator

from foundation.reconciliation import Break, compared, spoken_fen, wrong_rows
from vouchers.models import (
    Allocation,
    Application,
    Batch,
    DemandShard,
    EnterpriseAllowance,
    LedgerEntry,
    Programme,
    ResultList,
    Voucher,
)
from vouchers.operations.ledger import MOVES, PLACES
from vouchers.results import digest_of

VOUCHER = Voucher._meta.db_table
ENTRY = LedgerEntry._meta.db_table
ALLOCATION = Allocation._meta.db_table
APPLICATION = Application._meta.db_table
BATCH = Batch._meta.db_table
ALLOWANCE = EnterpriseAllowance._meta.db_table
SHARD = DemandShard._meta.db_table
PROGRAMME = Programme._meta.db_table


def breaks() -> Iterator[Break]:
    """Every break of vouchers, enterprises, batches and programmes, named."""
    yield from _vouchers()
    yield from _owners()
    yield from _grants()
    yield from _allowances()
    yield from _demand()
    yield from _programmes()


def place_sum(place: str) -> str:
    """SQL for what the ledger says is in a place: what entered it less what left it."""
    cases = []
    for kind, (source, target) in MOVES.items():
        if target == place:
            cases.append(f"WHEN kind = '{kind.value}' THEN amount")
        elif source == place:
            cases.append(f"WHEN kind = '{kind.value}' THEN -amount")
    return f"COALESCE(SUM(CASE {' '.join(cases)} ELSE 0 END), 0)"


def _vouchers() -> Iterator[Break]:
    """Each voucher's places, and its face amount, as the ledger has them."""
    sums = ", ".join(f"{place_sum(place)} AS {place}" for place in PLACES)
    issued = "SUM(CASE WHEN kind = 'issue' THEN amount ELSE 0 END) AS issued"
    wrong = " OR ".join(f"v.{place} <> COALESCE(l.{place}, 0)" for place in PLACES)
    columns = ", ".join(f"v.{place}, COALESCE(l.{place}, 0)" for place in PLACES)
    found = wrong_rows(
        f"SELECT v.number, v.amount, COALESCE(l.issued, 0), {columns} FROM {VOUCHER} v "
        f"LEFT JOIN (SELECT voucher_id, {issued}, {sums} FROM {ENTRY} GROUP BY voucher_id) l ON l.voucher_id = v.id "
        f"WHERE v.amount <> COALESCE(l.issued, 0) OR {wrong}"  # nosec B608 # our own names only, values by parameter
    )
    for number, amount, ledger_issued, *figures in found:
        if amount != ledger_issued:
            yield Break(
                f"服务券 {number}",
                f"面额 {spoken_fen(amount)}，台账发放 {spoken_fen(ledger_issued)}",
            )
        yield from compared(
            [(number, *figures)], "服务券", PLACES, of=Voucher, kept="账面", other="台账"
        )


def _owners() -> Iterator[Break]:
    """A voucher belongs to who applied, in the batch applied for, and cannot be transferred (V1)."""
    for number, enterprise, applicant, batch in wrong_rows(
        f"SELECT v.number, v.enterprise_id, ap.enterprise_id, ap.batch_id FROM {VOUCHER} v "
        f"JOIN {ALLOCATION} al ON al.id = v.allocation_id JOIN {APPLICATION} ap ON ap.id = al.application_id "
        f"WHERE v.enterprise_id <> ap.enterprise_id OR v.batch_id <> ap.batch_id"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"服务券 {number}",
            f"属于企业 {enterprise}，不是申领企业 {applicant}（批次 {batch}）的券",
        )


def _grants() -> Iterator[Break]:
    """Each published grant has its voucher of the same amount; no round gives more than it had."""
    for rank, batch, granted, amount in wrong_rows(
        f"SELECT al.rank, ap.batch_id, al.granted, v.amount FROM {ALLOCATION} al "
        f"JOIN {APPLICATION} ap ON ap.id = al.application_id JOIN {BATCH} b ON b.id = ap.batch_id "
        f"LEFT JOIN {VOUCHER} v ON v.allocation_id = al.id "
        f"WHERE b.state = 'published' AND al.granted <> COALESCE(v.amount, 0)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"批次 {batch} 第 {rank} 名", f"获券 {spoken_fen(granted)}，服务券 {spoken_fen(amount)}"
        )
    for batch, amount, granted in wrong_rows(
        f"SELECT b.id, b.amount, SUM(al.granted) FROM {BATCH} b JOIN {APPLICATION} ap ON ap.batch_id = b.id "
        f"JOIN {ALLOCATION} al ON al.application_id = ap.id AND al.round = 0 "
        f"GROUP BY b.id, b.amount HAVING SUM(al.granted) > b.amount"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"批次 {batch}", f"发放金额 {spoken_fen(amount)}，已授予 {spoken_fen(granted)}")
    for batch, granted, returned in wrong_rows(
        f"SELECT w.batch_id, w.granted, COALESCE(r.returned, 0) FROM ("
        f"SELECT ap.batch_id, SUM(al.granted) AS granted FROM {ALLOCATION} al "
        f"JOIN {APPLICATION} ap ON ap.id = al.application_id WHERE al.round > 0 GROUP BY ap.batch_id) w "
        f"LEFT JOIN (SELECT batch_id, SUM(returned) AS returned FROM {VOUCHER} GROUP BY batch_id) r "
        f"ON r.batch_id = w.batch_id WHERE w.granted > COALESCE(r.returned, 0)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"批次 {batch}", f"递补 {spoken_fen(granted)}，主动退回仅 {spoken_fen(returned)}"
        )


def _allowances() -> Iterator[Break]:
    """Each enterprise's yearly counters equal its applications and vouchers, and stay under the cap (B3)."""
    for enterprise, programme, *figures in wrong_rows(
        f"SELECT a.enterprise_id, a.programme_id, a.applied, COALESCE(p.applied, 0), a.received, "
        f"COALESCE(v.received, 0), a.returned, COALESCE(v.returned, 0) FROM {ALLOWANCE} a "
        f"LEFT JOIN (SELECT ap.enterprise_id, b.programme_id, SUM(ap.amount) AS applied FROM {APPLICATION} ap "
        f"JOIN {BATCH} b ON b.id = ap.batch_id WHERE ap.withdrawn_at IS NULL AND b.state <> 'published' "
        f"GROUP BY ap.enterprise_id, b.programme_id) p "
        f"ON p.enterprise_id = a.enterprise_id AND p.programme_id = a.programme_id "
        f"LEFT JOIN (SELECT v.enterprise_id, b.programme_id, SUM(v.amount) AS received, SUM(v.returned) AS returned "
        f"FROM {VOUCHER} v JOIN {BATCH} b ON b.id = v.batch_id GROUP BY v.enterprise_id, b.programme_id) v "
        f"ON v.enterprise_id = a.enterprise_id AND v.programme_id = a.programme_id "
        f"WHERE a.applied <> COALESCE(p.applied, 0) OR a.received <> COALESCE(v.received, 0) "
        f"OR a.returned <> COALESCE(v.returned, 0) OR a.applied + a.received - a.returned > a.cap"  # nosec B608 # our own names only, values by parameter
    ):
        for label, kept, ledger in zip(
            ("申领中", "已获券", "主动退回"), figures[::2], figures[1::2], strict=True
        ):
            if kept != ledger:
                yield Break(
                    f"企业 {enterprise} 方案 {programme}",
                    f"{label}：账面 {spoken_fen(kept)}，应为 {spoken_fen(ledger)}",
                )
        if figures[::2] == figures[1::2]:
            yield Break(f"企业 {enterprise} 方案 {programme}", "超出年度限额")
    for enterprise, programme, cap, figure in wrong_rows(
        f"SELECT a.enterprise_id, a.programme_id, a.cap, p.enterprise_cap FROM {ALLOWANCE} a "
        f"JOIN {PROGRAMME} p ON p.id = a.programme_id WHERE a.cap > p.enterprise_cap"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"企业 {enterprise} 方案 {programme}",
            f"年度限额 {spoken_fen(cap)} 高于方案的 {spoken_fen(figure)}",
        )
    for enterprise, batch in wrong_rows(
        f"SELECT DISTINCT ap.enterprise_id, ap.batch_id FROM {APPLICATION} ap JOIN {BATCH} b ON b.id = ap.batch_id "
        f"LEFT JOIN {ALLOWANCE} a ON a.enterprise_id = ap.enterprise_id AND a.programme_id = b.programme_id "
        f"WHERE a.id IS NULL"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(f"企业 {enterprise} 批次 {batch}", "有申领而没有年度额度记录")


def _demand() -> Iterator[Break]:
    """The demand shards of a batch sum to its live applications, tier by tier (B4)."""
    for batch, priority, priority_sum, other, other_sum in wrong_rows(
        f"SELECT s.batch_id, s.priority, COALESCE(a.priority, 0), s.other, COALESCE(a.other, 0) FROM ("
        f"SELECT batch_id, SUM(priority_amount) AS priority, SUM(other_amount) AS other FROM {SHARD} GROUP BY batch_id"
        f") s LEFT JOIN (SELECT batch_id, SUM(CASE WHEN counted_tier = '1' THEN amount ELSE 0 END) AS priority, "
        f"SUM(CASE WHEN counted_tier = '2' THEN amount ELSE 0 END) AS other FROM {APPLICATION} "
        f"WHERE withdrawn_at IS NULL GROUP BY batch_id) a ON a.batch_id = s.batch_id "
        f"WHERE s.priority <> COALESCE(a.priority, 0) OR s.other <> COALESCE(a.other, 0)"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"批次 {batch}",
            f"需求：账面优先 {spoken_fen(priority)}、普通 {spoken_fen(other)}，申领优先 {spoken_fen(priority_sum)}、普通 {spoken_fen(other_sum)}",
        )


def _programmes() -> Iterator[Break]:
    """The batches of a programme never hold more than its total (B1)."""
    for programme, total, held in wrong_rows(
        f"SELECT p.id, p.total_amount, SUM(h.held) FROM {PROGRAMME} p JOIN ("
        f"SELECT b.programme_id, CASE WHEN b.state = 'published' THEN COALESCE(v.held, 0) "
        f"WHEN b.state IN ('announced', 'ranked') THEN b.amount ELSE 0 END AS held FROM {BATCH} b "
        f"LEFT JOIN (SELECT batch_id, SUM(amount - returned - reclaimed - disallowed) AS held FROM {VOUCHER} "
        f"GROUP BY batch_id) v ON v.batch_id = b.id) h ON h.programme_id = p.id "
        f"GROUP BY p.id, p.total_amount HAVING SUM(h.held) > p.total_amount"  # nosec B608 # our own names only, values by parameter
    ):
        yield Break(
            f"方案 {programme}", f"发放总额 {spoken_fen(total)}，在外金额 {spoken_fen(held)}"
        )


def changed_results() -> Iterator[Break]:
    """Published lists that no longer recompute to the digest they were published with (B8)."""
    for results in ResultList.objects.select_related("batch__programme__city").iterator():
        found = digest_of(results)
        if found != results.digest:
            yield Break(
                f"申领结果 {results.batch} 第 {results.round} 轮",
                f"公布的摘要 {results.digest}，按现有数据复算 {found}",
            )
