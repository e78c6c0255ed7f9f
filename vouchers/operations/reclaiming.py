"""Taking back what was not used in time (V4, V5, V6), and voluntary returns (V3)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import F

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.money import ZERO, from_fen, spoken_money, yuan
from foundation.notices.operations import post_message
from vouchers import policies
from vouchers.models import Batch, EnterpriseAllowance, LedgerEntry, Voucher
from vouchers.operations.announcing import tell_reclaimed
from vouchers.operations.ledger import lock_voucher, move
from vouchers.states import EntryKind

# An act that arrived in time may still wait for a lock; no request lives longer than this.
IN_FLIGHT = timedelta(minutes=5)


def return_voucher(*, by: Actor, at: datetime, voucher: Voucher, amount: Decimal) -> Voucher:
    """Give free balance back; it frees the yearly cap (V3, B3). Raises UnableToReturn."""
    with transaction.atomic():
        locked = lock_voucher(voucher.pk)
        if (
            by.user is None
            or by.role != Role.ENTERPRISE
            or locked.enterprise.account_id != by.user.pk
        ):
            raise OutOfReach(f"voucher {voucher.pk}")
        policies.require_returnable(locked.batch, at=at, amount=amount, free=locked.free)
        move(locked, EntryKind.RETURN, amount, at=at, reference="return")
        EnterpriseAllowance.objects.filter(
            enterprise_id=locked.enterprise_id, programme_id=locked.batch.programme_id
        ).update(returned=F("returned") + yuan(amount))
        record(
            at=at,
            by=by,
            action="return_voucher",
            subject=locked,
            reason=f"主动退回 {spoken_money(amount)}",
            details={"amount": str(amount)},
        )
        post_message(
            at=at,
            to=locked.enterprise.account_id,
            event="voucher_returned",
            params={"batch": str(locked.batch), "amount": spoken_money(amount)},
            link=f"/vouchers/{locked.pk}/",
        )
        return locked


def reclaim_free_when_over(voucher: Voucher, *, at: datetime, reference: str) -> Decimal:
    """Reclaim the free balance of a locked voucher when ``at`` is past its usage window; the amount, yuan (V4).

    Whoever releases money after the window calls this, so that the end does not depend on a job (O6).
    """
    if at <= voucher.batch.usage_ends_at or voucher.free == ZERO:
        return ZERO
    amount = voucher.free
    move(voucher, EntryKind.RECLAIM, amount, at=at, reference=reference)
    return amount


def reclaim_batch(*, by: Actor, at: datetime, batch_pk: int) -> Decimal:
    """Take back every free balance of a batch whose usage window is over, in one set; the sum in yuan (V4, V6).

    Running it again, late or twice at once changes nothing: a balance is taken only where there is one, and the
    ledger entry is written from the very row that is locked.
    """
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("programme")
            .get(pk=batch_pk)
        )
        if at <= batch.usage_ends_at:
            return ZERO
        amount, count = _reclaim_rows(batch, at)
        if count:
            tell_reclaimed(batch, reference=_reference(batch), at=at)
            record(
                at=at,
                by=by,
                action="reclaim_batch",
                subject=batch,
                details={"vouchers": count, "amount": str(amount)},
            )
        changed = []
        if batch.window_swept_at is None and at > batch.usage_ends_at + IN_FLIGHT:
            batch.window_swept_at = at
            changed.append("window_swept_at")
        if batch.expiry_swept_at is None and at > batch.expires_at + IN_FLIGHT:
            batch.expiry_swept_at = at
            changed.append("expiry_swept_at")
        if changed:
            batch.save(update_fields=changed)
        return amount


def _reference(batch: Batch) -> str:
    return f"window:{batch.pk}"


def _reclaim_rows(batch: Batch, at: datetime) -> tuple[Decimal, int]:
    """Lock, enter and empty every free balance of the batch: (sum in yuan, number of vouchers)."""
    voucher, entry = Voucher._meta.db_table, LedgerEntry._meta.db_table
    moved = connection.ops.adapt_datetimefield_value(at)
    reference = _reference(batch)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # In a statement of its own, so that the next one sees each row as it is after the wait, not before.
            # In ascending order, like everyone who locks several vouchers.
            cursor.execute(
                f"SELECT COUNT(*) FROM (SELECT id FROM {voucher} WHERE batch_id = %s AND free > 0 "
                f"ORDER BY id FOR UPDATE) locked",  # nosec B608 # our own names only, values by parameter
                [batch.pk],
            )
            # What the entry says is what the row gives up: were a row changed in between after all, the CHECK that
            # every yuan is in one place refuses the whole sweep, and the next one does it.
            cursor.execute(
                f"""
                WITH due AS (
                    SELECT id, free FROM {voucher} WHERE batch_id = %s AND free > 0
                ), emptied AS (
                    UPDATE {voucher} v SET free = 0, reclaimed = v.reclaimed + due.free
                    FROM due WHERE v.id = due.id
                    RETURNING v.id, due.free
                ), entered AS (
                    INSERT INTO {entry} (voucher_id, kind, amount, at, provider_id, reference)
                    SELECT id, %s, free, %s, NULL, %s FROM emptied
                    RETURNING amount
                )
                SELECT COALESCE(SUM(amount), 0), COUNT(*) FROM entered
                """,  # nosec B608 # our own names only, values by parameter
                [batch.pk, EntryKind.RECLAIM.value, moved, reference],
            )
            fen, count = cursor.fetchone()
        else:
            # SQLite has one writer, so nothing changes between the statements.
            cursor.execute(
                f"SELECT COALESCE(SUM(free), 0), COUNT(*) FROM {voucher} WHERE batch_id = %s AND free > 0",  # nosec B608 # our own names only, values by parameter
                [batch.pk],
            )
            fen, count = cursor.fetchone()
            cursor.execute(
                f"INSERT INTO {entry} (voucher_id, kind, amount, at, provider_id, reference) "
                f"SELECT id, %s, free, %s, NULL, %s FROM {voucher} WHERE batch_id = %s AND free > 0",  # nosec B608 # our own names only, values by parameter
                [EntryKind.RECLAIM.value, moved, reference, batch.pk],
            )
            cursor.execute(
                f"UPDATE {voucher} SET reclaimed = reclaimed + free, free = 0 WHERE batch_id = %s AND free > 0",  # nosec B608 # our own names only, values by parameter
                [batch.pk],
            )
    return from_fen(fen), count
