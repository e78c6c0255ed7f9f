"""The provider's side of a claim: gathering orders, stamped scans, submitting (R1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, models, transaction

from foundation.accounts.actors import Actor
from foundation.accounts.queries import contractor_accounts_of
from foundation.audit.operations import record
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.notices.operations import post_messages
from orders.models import Order
from orders.operations.claiming import put_back_from_claim, take_into_claim
from redemption import policies
from redemption.models import Claim, ClaimLine
from redemption.operations.moving import (
    Part,
    lock_claim,
    move_claim,
    move_line,
    note_hand,
    require_claims_go_on,
)
from redemption.permissions import require_provider_of
from redemption.queries import orders_asked_to_be_returned, provider_of
from redemption.states import ClaimState, LineState
from vouchers.models import Programme
from vouchers.operations.ledger import lock_vouchers


class ScanSlot(models.TextChoices):
    """The two stamped papers of a claim (R1)."""

    FORM = "form", "服务券兑现申请表"
    DETAIL = "detail", "使用情况明细汇总表"


def prepare_claim(
    *, by: Actor, at: datetime, programme: Programme, order_pks: Iterable[int]
) -> Claim:
    """Gather accepted orders of the actor's provider in one programme into a draft claim (R1).

    Raises UnableToClaim, ClaimsStopped (S1), and OutOfReach for an account without a provider.
    """
    provider = provider_of(by)
    asked = {int(pk) for pk in order_pks}
    try:
        with transaction.atomic():
            # The voucher of an order never changes, so it may be read before the lock.
            found = dict(
                Order.objects.filter(
                    pk__in=asked, provider=provider, voucher__batch__programme=programme
                ).values_list("pk", "voucher_id")
            )
            policies.require_orders_chosen(asked=asked, found=found)
            vouchers = lock_vouchers(set(found.values()))
            claim = Claim(
                programme=programme, provider=provider, prepared_at=at, prepared_by=by.user
            )
            require_claims_go_on(claim, at=at)
            claim.save()
            orders = list(Order.objects.filter(pk__in=found).order_by("voucher_id", "pk"))
            in_claim = set(
                ClaimLine.objects.filter(order__in=found)
                .exclude(state=LineState.GIVEN_UP)
                .values_list("order_id", flat=True)
            )
            return_asked = set(orders_asked_to_be_returned(at).filter(payment__order__in=found))
            for order in orders:
                policies.require_claimable(
                    number=order.number,
                    state=order.state,
                    in_live_claim=order.pk in in_claim,
                    return_asked=order.pk in return_asked,
                )
            for order in orders:
                take_into_claim(voucher=vouchers[order.voucher_id], order_pk=order.pk, by=by, at=at)
            ClaimLine.objects.bulk_create(
                [ClaimLine(claim=claim, order=order, amount=order.paid) for order in orders]
            )
            note_hand(claim, Part.PREPARED, by=by, at=at)
            record(
                at=at,
                by=by,
                action="prepare_claim",
                subject=claim,
                to_state=ClaimState.DRAFT,
                details={"orders": [order.number for order in orders]},
            )
            return claim
    except IntegrityError as error:
        # The unique index speaks when another claim took one of the orders in the same moment.
        if "redemption_order_in_one_live_claim" in str(error) or "claimline.order_id" in str(error):
            raise policies.UnableToClaim(
                "所选订单中有的已在另一份兑现申请中，请刷新页面后重新选择。", field="order_pks"
            ) from error
        raise


def attach_scan(
    *, by: Actor, at: datetime, claim: Claim, slot: ScanSlot | str, file: Material
) -> Claim:
    """Keep the stamped scan of one of the two papers with a draft; a later one replaces it (R1)."""
    slot = ScanSlot(slot)
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        require_provider_of(by, locked)
        policies.require_draft(locked.state)
        document = keep_file(file=file, by=by, at=at)
        name = f"{slot.value}_scan"
        setattr(locked, name, document)
        locked.save(update_fields=[name])
        note_hand(locked, Part.PREPARED, by=by, at=at)
        record(
            at=at,
            by=by,
            action="attach_scan",
            subject=locked,
            details={"slot": slot.value, "sha256": document.sha256},
        )
        return locked


def submit_claim(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """Hand a draft with both scans to the contractor (R1); raises UnableToClaim, ClaimsStopped (S1)."""
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        require_provider_of(by, locked)
        require_claims_go_on(locked, at=at)
        policies.require_scans(
            has_form=locked.form_scan_id is not None, has_detail=locked.detail_scan_id is not None
        )
        move_claim(locked, "submit", by=by, at=at, submitted_at=at)
        note_hand(locked, Part.PREPARED, by=by, at=at)
        post_messages(
            at=at,
            to=contractor_accounts_of(locked.programme.city_id).values_list("pk", flat=True),
            event="claim_submitted",
            params={"number": locked.number, "provider": locked.provider.name},
            link=f"/admin/redemption/claim/{locked.pk}/change/",
        )
        return locked


def give_up_claim(*, by: Actor, at: datetime, claim: Claim) -> Claim:
    """Take a draft back; its orders are free for another claim (R1)."""
    with transaction.atomic():
        locked = lock_claim(claim.pk)
        require_provider_of(by, locked)
        move_claim(locked, "give_up", by=by, at=at)
        lines = list(locked.lines.select_related("order").order_by("order__voucher_id", "pk"))
        vouchers = lock_vouchers({line.order.voucher_id for line in lines})
        for line in lines:
            move_line(line, "give_up", by=by, at=at)
            put_back_from_claim(
                voucher=vouchers[line.order.voucher_id], order_pk=line.order_id, by=by, at=at
            )
        return locked
