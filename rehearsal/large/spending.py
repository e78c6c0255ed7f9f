"""What became of the vouchers: orders, contracts, payments, claims, returns; set by set, with their ledger entries."""

from __future__ import annotations

from datetime import timedelta

from foundation.documents.models import Document
from foundation.money import in_fen
from orders.models import Contract, Order, Payment
from redemption.models import Claim, PublicityList
from rehearsal.large.people import Staff
from rehearsal.large.plan import FACE_YUAN, LargePlan
from rehearsal.large.rows import ids_used, next_id, run
from vouchers.models import Batch, Programme

# Fates by hash of a voucher, in hundredths: up to which number, the order's state; "" is not ordered.
FATES_OVER = (
    (12, ""),
    (15, "returned"),
    (25, "contracted"),
    (30, "paid"),
    (45, "accepted"),
    (97, "settled"),
    (100, "disallowed"),
)
FATES_RUNNING = (
    (48, ""),
    (53, "returned"),
    (58, "placed"),
    (64, "confirmed"),
    (70, "contract_submitted"),
    (82, "contracted"),
    (90, "paid"),
    (100, "accepted"),
)
HAS_CONTRACT = ("contract_submitted", "contracted", "paid", "accepted", "settled", "disallowed")
HAS_AGREED = HAS_CONTRACT[1:]
HAS_PAID = HAS_CONTRACT[2:]
HAS_ACCEPTED = HAS_CONTRACT[3:]
CLAIMED = HAS_CONTRACT[4:]
PRICE_FEN = in_fen(10_000)
RESERVED = ("placed", "confirmed", "contract_submitted", "contracted")
PLACE_OF = {"paid": "paid", "accepted": "paid", "settled": "settled", "disallowed": "disallowed"}


def spend(batch: Batch, paper: Document, plan: LargePlan, *, providers: int) -> None:
    """Every voucher of a batch comes to its fate; what is left free is reclaimed by the sweep later (V4)."""
    fates = FATES_OVER if plan.is_swept(batch.number) else FATES_RUNNING
    case = " ".join(f"WHEN h < {limit} THEN '{state}'" for limit, state in fates)
    part = in_fen(FACE_YUAN) * 3 // 4
    run("DROP TABLE IF EXISTS large_o")
    run(
        f"""
        CREATE TEMPORARY TABLE large_o AS
        SELECT v.*, p.provider, p.product, p.version, p.account,
               CASE WHEN h %% 4 = 0 THEN {part} ELSE v.amount END AS fen, CASE {case} END AS fate,
               {next_id(Order)} + ROW_NUMBER() OVER (ORDER BY v.id) AS o,
               %s::timestamptz + (h + 1) * interval '11 minutes' AS t
        FROM (SELECT v.id, v.amount, v.enterprise_id, a.profile_id, e.name,
                     ABS(hashint8(v.id) %% 100) AS h, ABS(hashint8(v.id + 7) %% {providers}) AS pick
              FROM vouchers_voucher v JOIN vouchers_allocation al ON al.id = v.allocation_id
              JOIN vouchers_application a ON a.id = al.application_id
              JOIN enterprises_enterprise e ON e.id = v.enterprise_id WHERE v.batch_id = {batch.pk}) v
        JOIN large_p p ON p.n = v.pick
        """,  # nosec B608 # our own names and figures only
        batch.published_at,
    )
    run("CREATE INDEX ON large_o (id); ANALYZE large_o")
    _returns()
    _orders()
    _contracts(paper)
    _payments(paper)
    ids_used(Order, Contract, Payment)


def _listed(states: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _entry(kind: str, states: tuple[str, ...], days: int) -> None:
    run(
        f"INSERT INTO vouchers_ledgerentry (voucher_id, kind, amount, at, provider_id, reference) "
        f"SELECT id, '{kind}', fen, t + interval '{days} days', provider, 'order:' || o FROM large_o "
        f"WHERE fate IN ({_listed(states)}) ORDER BY id"  # nosec B608 # our own names and figures only
    )


def _returns() -> None:
    """Voluntary returns, which free the yearly cap (V3)."""
    run(
        "INSERT INTO vouchers_ledgerentry (voucher_id, kind, amount, at, provider_id, reference) "
        "SELECT id, 'return', fen, t + interval '1 day', NULL, 'return' FROM large_o WHERE fate = 'returned' ORDER BY id"
    )
    run(
        "UPDATE vouchers_enterpriseallowance a SET returned = a.returned + l.fen FROM large_o l "
        "JOIN vouchers_voucher v ON v.id = l.id JOIN vouchers_batch b ON b.id = v.batch_id "
        "WHERE l.fate = 'returned' AND a.enterprise_id = l.enterprise_id AND a.programme_id = b.programme_id"
    )
    run(
        "UPDATE vouchers_voucher v SET free = v.free - l.fen, returned = l.fen FROM large_o l "
        "WHERE v.id = l.id AND l.fate = 'returned'"
    )


def _orders() -> None:
    ordered = (*RESERVED, *HAS_PAID)
    held = f"CASE WHEN fate IN ({_listed(RESERVED)}) THEN fen ELSE 0 END"

    def place(name: str) -> str:
        states = tuple(state for state, where in PLACE_OF.items() if where == name)
        return f"CASE WHEN fate IN ({_listed(states)}) THEN fen ELSE 0 END"

    def since(states: tuple[str, ...], days: int) -> str:
        return f"CASE WHEN fate IN ({_listed(states)}) THEN t + interval '{days} days' END"

    confirmed = tuple(state for state in ordered if state != "placed")
    run(
        f"""
        INSERT INTO orders_order (id, voucher_id, enterprise_id, provider_id, profile_id, product_version_id,
            expected_amount, reserved, paid, settled, disallowed, state, placed_at, confirmed_at,
            contract_uploaded_at, contracted_at, paid_at, accepted_at, end_reason, cancellation_asked_by,
            cancellation_reason)
        SELECT o, id, enterprise_id, provider, profile_id, version, fen, {held}, {place("paid")},
            {place("settled")}, {place("disallowed")}, fate, t + interval '1 day',
            CASE WHEN fate IN ({_listed(confirmed)}) THEN t + interval '1 day' + (h + 2) * interval '20 minutes' END,
            {since(HAS_CONTRACT, 4)}, {since(HAS_AGREED, 5)}, {since(HAS_PAID, 7)}, {since(HAS_ACCEPTED, 8)},
            '', '', ''
        FROM large_o WHERE fate IN ({_listed(ordered)}) ORDER BY o
        """  # nosec B608 # our own names and figures only
    )
    run(
        f"UPDATE vouchers_voucher v SET free = v.free - l.fen, reserved = {held}, paid = {place('paid')}, "
        f"settled = {place('settled')}, disallowed = {place('disallowed')} FROM large_o l "
        f"WHERE v.id = l.id AND l.fate IN ({_listed(ordered)})"  # nosec B608 # our own names and figures only
    )
    _entry("reserve", ordered, 1)
    _entry("pay", HAS_PAID, 7)
    _entry("settle", ("settled",), 9)
    _entry("disallow", ("disallowed",), 9)


def _contracts(paper: Document) -> None:
    run(
        f"""
        INSERT INTO orders_contract (id, order_id, version, number, signed_on, total, supported, service_from,
            service_until, enterprise_name, provider_name, not_funded_elsewhere, document_id, uploaded_at,
            return_reason, confirmed_at)
        SELECT {next_id(Contract)} + ROW_NUMBER() OVER (ORDER BY o), o, 1, 'HT' || o, (t + interval '3 days')::date,
            {PRICE_FEN}, {PRICE_FEN}, (t + interval '3 days')::date, (t + interval '7 days')::date, l.name, p.name,
            TRUE, {paper.pk}, t + interval '4 days', '',
            CASE WHEN fate IN ({_listed(HAS_AGREED)}) THEN t + interval '5 days' END
        FROM large_o l JOIN providers_provider p ON p.id = l.provider WHERE fate IN ({_listed(HAS_CONTRACT)})
        """  # nosec B608 # our own names and figures only
    )


def _payments(paper: Document) -> None:
    first = next_id(Payment)
    run(
        f"""
        INSERT INTO orders_payment (id, order_id, contract_id, amount, state, submitted_at, correction_reason, accepted_at)
        SELECT {first} + ROW_NUMBER() OVER (ORDER BY o), o, c.id, fen,
            CASE WHEN fate = 'paid' THEN 'submitted' ELSE 'accepted' END, t + interval '7 days', '',
            CASE WHEN fate <> 'paid' THEN t + interval '8 days' END
        FROM large_o l JOIN orders_contract c ON c.order_id = l.o WHERE fate IN ({_listed(HAS_PAID)})
        """  # nosec B608 # our own names and figures only
    )
    source = "FROM large_o l JOIN orders_payment p ON p.order_id = l.o JOIN providers_provider s ON s.id = l.provider"
    run(
        f"""
        INSERT INTO orders_invoice (payment_id, code, number, key, issued_on, total, buyer, seller, item, document_id)
        SELECT p.id, '', '7' || lpad(l.o::text, 19, '0'), '7' || lpad(l.o::text, 19, '0'), (t + interval '6 days')::date,
            {PRICE_FEN}, l.name, s.name, '管理咨询服务', {paper.pk} {source}
        """
    )
    run(
        f"""
        INSERT INTO orders_banktransfer (payment_id, receipt_number, key, paid_on, amount, payer, payee, document_id)
        SELECT p.id, 'LG' || l.o, 'LG' || l.o, (t + interval '6 days')::date, {PRICE_FEN} - l.fen, l.name, s.name,
            {paper.pk} {source}
        """
    )
    run(
        f"""
        INSERT INTO orders_rating (order_id, provider_id, product_id, stars, comment, rated_at)
        SELECT l.o, l.provider, l.product, 3 + (l.h * 7 % 3), '服务及时', t + interval '7 days' {source}
        """
    )


def settle(programme: Programme, staff: Staff, paper: Document, plan: LargePlan) -> None:
    """What counts against each provider's cap, and one settled claim of each with its settlement (P7, R1–R5)."""
    of_programme = (
        f"FROM orders_order o JOIN vouchers_voucher v ON v.id = o.voucher_id "
        f"JOIN vouchers_batch b ON b.id = v.batch_id WHERE b.programme_id = {programme.pk}"
    )
    run(
        f"INSERT INTO orders_providerallowance (programme_id, provider_id, cap, reserved, accepted) "
        f"SELECT {programme.pk}, o.provider_id, {in_fen(programme.acceptance_cap)}, SUM(o.reserved), "
        f"SUM(o.paid + o.settled) {of_programme} GROUP BY o.provider_id"
    )
    at = plan.now - timedelta(days=3)
    publicity = PublicityList.objects.create(
        programme=programme,
        published_at=at - timedelta(days=10),
        published_by=staff.bureau,
        closed_at=at,
    )
    run("DROP TABLE IF EXISTS large_c")
    run(
        f"CREATE TEMPORARY TABLE large_c AS SELECT o.id, o.provider_id, o.settled, o.disallowed, o.state, "
        f"{next_id(Claim)} + DENSE_RANK() OVER (ORDER BY o.provider_id) AS claim {of_programme} "
        f"AND o.state IN ({_listed(CLAIMED)})"
    )
    moments = ", ".join(["%s"] * 4)
    run(
        f"INSERT INTO redemption_claim (id, programme_id, provider_id, state, form_scan_id, detail_scan_id, "
        f"prepared_by_id, first_reviewed_by_id, sent_back_reason, approved_by_id, publicity_id, settled_at, "
        f"prepared_at, submitted_at, first_reviewed_at, approved_at) "
        f"SELECT DISTINCT c.claim, {programme.pk}, c.provider_id, 'settled', {paper.pk}, {paper.pk}, p.account_id, "
        f"{staff.contractor.pk}, '', {staff.bureau.pk}, {publicity.pk}, %s::timestamptz, {moments} "
        f"FROM large_c c JOIN providers_provider p ON p.id = c.provider_id",  # nosec B608 # our own names and figures only
        at,
        *(at - timedelta(days=days) for days in (20, 19, 14, 12)),
    )
    ids_used(Claim)
    run(
        f"INSERT INTO redemption_settlement (claim_id, amount, paid_on, receipt_number, receipt_id, recorded_at, "
        f"recorded_by_id) SELECT claim, SUM(settled), %s::date, 'LGBF' || claim, {paper.pk}, %s, "
        f"{staff.contractor.pk} FROM large_c GROUP BY claim HAVING SUM(settled) > 0",  # nosec B608 # our own names and figures only
        at,
        at,
    )
    run(
        f"INSERT INTO redemption_claimline (claim_id, order_id, amount, state, reason, reviewed_at, reviewed_by_id, "
        f"settlement_id) SELECT c.claim, c.id, c.settled + c.disallowed, c.state, "
        f"CASE WHEN c.state = 'disallowed' THEN '材料不足以证明服务已完成' ELSE '' END, %s, {staff.contractor.pk}, "
        f"CASE WHEN c.state = 'settled' THEN s.id END FROM large_c c "
        f"LEFT JOIN redemption_settlement s ON s.claim_id = c.claim",  # nosec B608 # our own names and figures only
        at,
    )
