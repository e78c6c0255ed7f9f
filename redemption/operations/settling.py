"""Payment made outside the portal, recorded with the bank's receipt; then claim and orders are settled (R5)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.money import ZERO, spoken_money
from foundation.notices.models import NoticeKind
from foundation.notices.operations import post_message, publish_notice
from orders.operations.claiming import settle_order
from redemption import policies
from redemption.models import Claim, Settlement
from redemption.operations.moving import (
    Part,
    hands_in,
    lock_claim,
    move_claim,
    move_line,
    require_claims_go_on,
    require_impartial,
)
from redemption.permissions import require_contractor_of
from redemption.queries import claim_publicity_ends_at, open_objections
from redemption.states import ClaimState, LineState
from vouchers.operations.ledger import lock_vouchers

OPEN_LINE_STATES = (LineState.PENDING, LineState.MORE_ASKED, LineState.PASSED)


def record_settlement(
    *,
    by: Actor,
    at: datetime,
    claim: Claim,
    line_pks: Iterable[int],
    paid_on: date,
    receipt_number: str,
    receipt_file: Material,
) -> Settlement:
    """Record that passed lines of a published claim were paid, their sum in one transfer (R5).

    Only after the publicity period, never a line under objection (R4), never by the person who approved (R3).
    Raises UnableToSettle, ClaimsStopped (S1), UnableToKeepFile (F1).
    """
    asked = {int(pk) for pk in line_pks}
    try:
        with transaction.atomic():
            locked = lock_claim(claim.pk)
            contractor = require_contractor_of(by, locked)
            require_impartial(by, locked)
            policies.require_published(locked.state)
            policies.require_not_maker(
                account_id=contractor.pk,
                person_id=by.person_id,
                makers=hands_in(locked, Part.APPROVED),
                error=policies.UnableToSettle,
            )
            require_claims_go_on(locked, at=at)
            ends_at = claim_publicity_ends_at(locked)
            policies.require_publicity_over(at=at, ends_at=ends_at)
            policies.require_sound_payment_day(paid_on=paid_on, at=at, ends_at=ends_at)
            number = policies.require_receipt_number(receipt_number)
            lines = list(
                locked.lines.filter(pk__in=asked)
                .select_related("order")
                .order_by("order__voucher_id", "pk")
            )
            policies.require_lines_of_claim(asked=asked, found={line.pk for line in lines})
            under_objection = set(open_objections(locked).values_list("line_id", flat=True))
            for line in lines:
                policies.require_payable(
                    order_number=line.order.number,
                    line_state=line.state,
                    under_objection=line.pk in under_objection,
                )
            vouchers = lock_vouchers({line.order.voucher_id for line in lines})
            settlement = Settlement.objects.create(
                claim=locked,
                amount=sum((line.amount for line in lines), ZERO),
                paid_on=paid_on,
                receipt_number=number,
                receipt=keep_file(file=receipt_file, by=by, at=at),
                recorded_at=at,
                recorded_by=contractor,
            )
            for line in lines:
                move_line(line, "settle", by=by, at=at, settlement=settlement)
                settle_order(
                    voucher=vouchers[line.order.voucher_id], order_pk=line.order_id, by=by, at=at
                )
            record(
                at=at,
                by=by,
                action="record_settlement",
                subject=locked,
                details={
                    "settlement": settlement.pk,
                    "amount": str(settlement.amount),
                    "lines": [line.pk for line in lines],
                    "paid_on": paid_on.isoformat(),
                    "receipt_number": number,
                    "receipt_sha256": settlement.receipt.sha256,
                },
            )
            post_message(
                at=at,
                to=locked.provider.account_id,
                event="claim_paid",
                params={"number": locked.number, "amount": spoken_money(settlement.amount)},
                link=f"/claims/{locked.pk}/",
            )
            settle_claim_if_done(locked, by=by, at=at)
            return settlement
    except IntegrityError as error:
        if "receipt_number" in str(error):
            raise policies.UnableToSettle(
                "该银行回单号已登记过，请核对后重新填写。", field="receipt_number"
            ) from error
        raise


def settle_claim_if_done(claim: Claim, *, by: Actor, at: datetime) -> bool:
    """End a locked claim once its publicity is over, every line is settled or disallowed and every objection
    answered, and publish the result (R5, R7); whether it did."""
    if (
        claim.state != ClaimState.PUBLISHED
        or claim.lines.filter(state__in=OPEN_LINE_STATES).exists()
        or open_objections(claim).exists()
        or at <= claim_publicity_ends_at(claim)
    ):
        return False
    move_claim(claim, "settle", by=by, at=at, settled_at=at)
    lines = list(claim.lines.all())
    paid = [line.amount for line in lines if line.state == LineState.SETTLED]
    refused = [line.amount for line in lines if line.state == LineState.DISALLOWED]
    body = (
        f"{claim.provider.name}的兑现申请 {claim.number} 已办结：兑现 {len(paid)} 笔，"
        f"共 {spoken_money(sum(paid, ZERO))}；不予兑现 {len(refused)} 笔，"
        f"共 {spoken_money(sum(refused, ZERO))}。"
    )
    publish_notice(
        at=at,
        by=by,
        city=claim.programme.city,
        kind=NoticeKind.SETTLEMENT,
        title=f"{claim.programme}兑现结果（{claim.number}）",
        body=body,
        link=f"/publicity/{claim.publicity_id}/",
        publish_at=at,
    )
    post_message(
        at=at,
        to=claim.provider.account_id,
        event="claim_settled",
        params={
            "number": claim.number,
            "paid": spoken_money(sum(paid, ZERO)),
            "refused": spoken_money(sum(refused, ZERO)),
        },
        link=f"/claims/{claim.pk}/",
    )
    return True
