"""Publishing results: vouchers come into being, caps are settled, everyone is told (B3, B7, B8)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.money import FEN, spoken_money, total
from foundation.notices.models import NoticeKind
from foundation.notices.operations import publish_notice
from vouchers.models import (
    Allocation,
    Application,
    Batch,
    EnterpriseAllowance,
    LedgerEntry,
    ResultList,
    Voucher,
)
from vouchers.numbers import SERIALS, number_prefix
from vouchers.operations.announcing import tell_results
from vouchers.queries import results_due_at
from vouchers.results import digest_of
from vouchers.states import BATCH, BatchState, EntryKind


def publish_results(*, by: Actor, at: datetime, batch_pk: int) -> bool:
    """Publish a ranked batch once its moment has come (B7); False when it is not due or already public.

    Raises CalendarUnknown when the calendar of the year is not loaded.
    """
    with transaction.atomic():
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("programme__city")
            .get(pk=batch_pk)
        )
        if batch.state != BatchState.RANKED or at < results_due_at(batch):
            return False
        target = BATCH.target(batch.state, "publish")
        _settle_caps(batch)
        issued = issue_vouchers(batch, round_number=0, at=at)
        batch.state, batch.published_at = target, at
        batch.save(update_fields=["state", "published_at"])
        results = list_results(batch, round_number=0, amount=batch.amount, at=at)
        tell_results(batch, round_number=0, at=at)
        record(
            at=at,
            by=by,
            action="publish_results",
            subject=batch,
            from_state=BatchState.RANKED,
            to_state=target,
            details={"vouchers": issued, "digest": results.digest},
        )
        granted = Allocation.objects.filter(application__batch=batch, round=0).aggregate(
            sum=total("granted")
        )["sum"]
        publish_notice(
            at=at,
            by=by,
            city=batch.programme.city,
            kind=NoticeKind.RESULTS,
            title=f"{batch}申领结果公布",
            body=f"{batch}共 {issued:,} 家企业获券，合计 {spoken_money(granted)}。\n\n名单摘要（SHA-256）：{results.digest}",
            link=f"/batches/{batch.pk}/results/",
            publish_at=at,
        )
        return True


def list_results(batch: Batch, *, round_number: int, amount: Decimal, at: datetime) -> ResultList:
    """Make the public list of one round with the digest of its canonical download (B8)."""
    # With two places, as the database gives it back: the digest is made of the very bytes of the download.
    results = ResultList(
        batch=batch,
        round=round_number,
        amount=amount.quantize(FEN),
        waiting_list=batch.programme.waiting_list,
        published_at=at,
    )
    results.digest = digest_of(results)
    results.save()
    return results


def issue_vouchers(batch: Batch, *, round_number: int, at: datetime) -> int:
    """Make the vouchers of one round and their ISSUE entries, set-based; how many (V1, V2)."""
    voucher, entry = Voucher._meta.db_table, LedgerEntry._meta.db_table
    application, allocation = Application._meta.db_table, Allocation._meta.db_table
    moment = connection.ops.adapt_datetimefield_value(at)
    first = Voucher.objects.filter(batch=batch).count()
    body = number_prefix(batch) * SERIALS + first
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            INSERT INTO {voucher} (number, batch_id, enterprise_id, allocation_id, issued_at, amount, free,
                                   reserved, paid, settled, disallowed, returned, reclaimed)
            SELECT g.body * 100 + 98 - g.body * 100 %% 97, %s, g.enterprise_id, g.id, %s, g.granted, g.granted,
                   0, 0, 0, 0, 0, 0
            FROM (
                SELECT al.id, al.granted, ap.enterprise_id, %s + ROW_NUMBER() OVER (ORDER BY al.rank) AS body
                FROM {allocation} al JOIN {application} ap ON ap.id = al.application_id
                WHERE ap.batch_id = %s AND al.round = %s AND al.granted > 0
            ) g
            """,  # nosec B608 # our own names only, values by parameter
            [batch.pk, moment, body, batch.pk, round_number],
        )
        cursor.execute(
            f"""
            INSERT INTO {entry} (voucher_id, kind, amount, at, provider_id, reference)
            SELECT v.id, %s, v.amount, %s, NULL, %s
            FROM {voucher} v JOIN {allocation} al ON al.id = v.allocation_id
            WHERE v.batch_id = %s AND al.round = %s ORDER BY v.id
            """,  # nosec B608 # our own names only, values by parameter
            [EntryKind.ISSUE.value, moment, f"batch:{batch.pk}", batch.pk, round_number],
        )
    return Voucher.objects.filter(batch=batch, allocation__round=round_number).count()


def _settle_caps(batch: Batch) -> None:
    """What was granted counts as received; what was applied for and not granted is free again (B3)."""
    allowance = EnterpriseAllowance._meta.db_table
    application, allocation = Application._meta.db_table, Allocation._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            UPDATE {allowance} SET applied = applied - d.amount, received = received + d.granted
            FROM (
                SELECT ap.enterprise_id AS enterprise, ap.amount, al.granted
                FROM {application} ap JOIN {allocation} al ON al.application_id = ap.id AND al.round = 0
                WHERE ap.batch_id = %s
            ) d
            WHERE {allowance}.programme_id = %s AND {allowance}.enterprise_id = d.enterprise
            """,  # nosec B608 # our own names only, values by parameter
            [batch.pk, batch.programme_id],
        )
