"""Granting returned money to the next in line (递补), where the programme has it switched on (B9)."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from django.db import transaction
from django.db.models import F, Max

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.money import ZERO, spoken_money, yuan
from foundation.notices.models import NoticeKind
from foundation.notices.operations import publish_notice
from vouchers.models import Allocation, Application, Batch, EnterpriseAllowance, Programme
from vouchers.operations.announcing import tell_results
from vouchers.operations.publishing import issue_vouchers, list_results
from vouchers.queries import (
    granted_from_waiting_list,
    line_of,
    returned_in_window,
    waiting_cutoff,
)
from vouchers.standing import standings
from vouchers.states import BatchState, Outcome, WaitingReason


def grant_from_waiting_list(*, by: Actor, at: datetime, batch_pk: int) -> bool:
    """Grant what was returned before today's granting moment to the next in line; False when nothing was due.

    One who is not eligible now, or whose yearly cap is used up, is passed by this time and stays in line. After the
    usage window a new voucher could not be used any more, so the money waits for a later batch (B1).
    """
    with transaction.atomic():
        programme_pk = Batch.objects.values_list("programme_id", flat=True).get(pk=batch_pk)
        Programme.objects.select_for_update().get(pk=programme_pk)
        batch = (
            Batch.objects.select_for_update(of=("self",))
            .select_related("programme__city")
            .get(pk=batch_pk)
        )
        if (
            batch.state != BatchState.PUBLISHED
            or not batch.programme.waiting_list
            or at > batch.usage_ends_at
        ):
            return False
        cutoff = waiting_cutoff(at)
        pot = returned_in_window(batch, before=cutoff) - granted_from_waiting_list(batch)
        pot = pot.to_integral_value(rounding=ROUND_DOWN)  # vouchers are whole yuan
        if pot <= ZERO:
            return False
        last = (
            Allocation.objects.filter(application__batch=batch).aggregate(last=Max("round"))["last"]
            or 0
        )
        granted = _grant(batch, pot, round_number=last + 1, at=at)
        if granted == ZERO:
            return False
        issued = issue_vouchers(batch, round_number=last + 1, at=at)
        results = list_results(batch, round_number=last + 1, amount=pot, at=at)
        tell_results(batch, round_number=last + 1, at=at)
        record(
            at=at,
            by=by,
            action="grant_from_waiting_list",
            subject=batch,
            details={
                "round": last + 1,
                "vouchers": issued,
                "granted": str(granted),
                "digest": results.digest,
            },
        )
        publish_notice(
            at=at,
            by=by,
            city=batch.programme.city,
            kind=NoticeKind.RESULTS,
            title=f"{batch}递补结果公布（第 {last + 1} 轮）",
            body=f"本轮递补 {issued} 家企业，合计 {spoken_money(granted)}。\n\n名单摘要（SHA-256）：{results.digest}",
            link=f"/batches/{batch.pk}/results/{last + 1}/",
            publish_at=at,
        )
        return True


def _grant(batch: Batch, pot: Decimal, *, round_number: int, at: datetime) -> Decimal:
    """Insert the allocations of one round, in rank order, until the pot is empty; the sum in yuan.

    Everyone whose turn came has a row, with the reason when it gave less than was missing: without them nobody could
    recompute the round (B8). A round that grants nothing leaves nothing.
    """
    standing = dict(
        standings(batch.programme, at)
        .filter(applications__batch=batch)
        .values_list("pk", "failing")
    )
    first_round = {
        row.application_id: row
        for row in Allocation.objects.filter(application__batch=batch, round=0)
        if row.outcome in (Outcome.PARTIAL, Outcome.NOT_GRANTED)
    }
    left, rows = pot, []
    for application in line_of(batch).iterator(chunk_size=500):
        if left == ZERO:
            break
        missing = application.amount - application.got  # type: ignore[attr-defined]
        if missing == ZERO:
            continue
        failing = standing[application.enterprise_id]
        if application.has_left:  # type: ignore[attr-defined]
            amount, reason = ZERO, WaitingReason.LEFT_LINE.value
        elif failing:
            amount, reason = ZERO, failing
        else:
            due = min(missing, left)
            amount = _within_cap(application, batch, due)
            reason = WaitingReason.CAP_USED.value if amount < due else ""
        left -= amount
        first = first_round[application.pk]
        rows.append(
            Allocation(
                application=application,
                round=round_number,
                rank=first.rank,
                tier=first.tier,
                granted=amount,
                outcome=_outcome(amount, missing),
                reason=reason,
            )
        )
    if left < pot:
        Allocation.objects.bulk_create(rows, batch_size=500)
    return pot - left


def _outcome(granted: Decimal, missing: Decimal) -> Outcome:
    if granted == ZERO:
        return Outcome.PASSED_OVER
    return Outcome.GRANTED if granted == missing else Outcome.PARTIAL


def _within_cap(application: Application, batch: Batch, due: Decimal) -> Decimal:
    """What of ``due`` the yearly cap still has room for, counted against it at once (B3)."""
    allowance = EnterpriseAllowance.objects.select_for_update().get(
        enterprise_id=application.enterprise_id, programme_id=batch.programme_id
    )
    amount = max(min(due, allowance.left), ZERO)
    if amount > ZERO:
        EnterpriseAllowance.objects.filter(pk=allowance.pk).update(
            received=F("received") + yuan(amount)
        )
    return amount
