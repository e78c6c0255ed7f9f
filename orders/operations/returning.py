"""Returning a payment 退回支付: the provider asks, the contractor of the enterprise's city decides (O8)."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_not_party
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.moments import spoken
from foundation.money import spoken_money
from orders import permissions
from orders.models import Order, Party, PaymentReturn
from orders.operations import holding
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.paying import live_payment
from orders.operations.telling import tell, tell_contractors
from orders.policies import ordering
from orders.policies import payments as policy
from orders.queries import enterprise_identity_keys, provider_identity_keys


def ask_payment_return(*, by: Actor, at: datetime, order: Order, reason: str) -> PaymentReturn:
    """The provider asks to return the order's payment (O8).

    Raises UnableToReturnPayment once the voucher has expired or while a request is open; IllegalMove for an order
    that is not paid, or is in a claim.
    """
    try:
        with transaction.atomic():
            locked = lock_order(order.pk)
            permissions.require_step(locked, by, "ask_return")
            require_move(locked, "refund")
            policy.require_returnable(expires_at=locked.voucher.batch.expires_at, at=at)
            ordering.require_reason(reason, what="申请退回的原因")
            payment = live_payment(locked)
            request = PaymentReturn.objects.create(
                payment=payment, reason=reason, asked_at=at, asked_by=by.user
            )
            record(
                at=at,
                by=by,
                action="ask_payment_return",
                subject=request,
                to_state=request.state,
                reason=reason,
                details={"order": locked.pk, "amount": str(payment.amount)},
            )
            amount = spoken_money(payment.amount)
            tell(
                locked,
                "payment_return_asked",
                Party.ENTERPRISE,
                at=at,
                amount=amount,
                reason=reason,
            )
            tell_contractors(
                locked,
                "payment_return_to_decide",
                at=at,
                link=f"/admin/orders/paymentreturn/{request.pk}/change/",
                amount=amount,
                deadline=spoken(locked.voucher.batch.expires_at),
                reason=reason,
            )
            return request
    except IntegrityError as error:
        if "orders_one_open_return_request" in str(error) or "orders_paymentreturn" in str(error):
            raise policy.UnableToReturnPayment(
                "您已申请退回这笔支付，请等待承办单位决定。"
            ) from error
        raise


def grant_payment_return(
    *, by: Actor, at: datetime, payment_return: PaymentReturn, reason: str = ""
) -> PaymentReturn:
    """The contractor grants the return: the money goes back to the order's reserve, and the order can be paid again
    until expiry (O8). Raises UnableToReturnPayment once the voucher has expired."""
    with transaction.atomic():
        order, request = _lock_request(payment_return, by)
        require_move(request, "grant")
        policy.require_returnable(expires_at=order.voucher.batch.expires_at, at=at)
        require_move(order, "refund")
        amount = holding.refund(order, at=at)
        _decide(request, "grant", by=by, at=at, reason=reason)
        move_state(
            request.payment,
            "refund",
            by=by,
            at=at,
            action="grant_payment_return",
            reason=reason,
            returned_at=at,
        )
        move_state(
            order,
            "refund",
            by=by,
            at=at,
            action="grant_payment_return",
            reason=reason,
            details={"payment": request.payment_id, "amount": str(amount)},
            reserved=order.reserved,
            paid=order.paid,
            paid_at=None,
            accepted_at=None,
        )
        tell(
            order,
            "payment_return_granted",
            Party.ENTERPRISE,
            Party.PROVIDER,
            at=at,
            amount=spoken_money(amount),
            deadline=spoken(order.voucher.batch.expires_at),
            reason=reason or "—",
        )
        return request


def refuse_payment_return(
    *, by: Actor, at: datetime, payment_return: PaymentReturn, reason: str
) -> PaymentReturn:
    """The contractor refuses the return with a reason; the payment stands (O8)."""
    with transaction.atomic():
        order, request = _lock_request(payment_return, by)
        require_move(request, "refuse")
        policy.require_returnable(expires_at=order.voucher.batch.expires_at, at=at)
        ordering.require_reason(reason, what="不同意退回的原因")
        _decide(request, "refuse", by=by, at=at, reason=reason)
        tell(
            order, "payment_return_refused", Party.ENTERPRISE, Party.PROVIDER, at=at, reason=reason
        )
        return request


def _lock_request(payment_return: PaymentReturn, by: Actor) -> tuple[Order, PaymentReturn]:
    """The order, locked, and the request as it is now, for the contractor who may decide it."""
    found = (
        PaymentReturn.objects.filter(pk=payment_return.pk)
        .values_list("payment__order_id", flat=True)
        .first()
    )
    if found is None:
        raise OutOfReach(f"no request {payment_return.pk}")
    order = lock_order(found)
    permissions.require_contractor_of(order, by)
    return order, PaymentReturn.objects.select_related("payment").get(pk=payment_return.pk)


def _decide(request: PaymentReturn, verb: str, *, by: Actor, at: datetime, reason: str) -> None:
    order = request.payment.order
    require_not_party(
        by, *enterprise_identity_keys(order.profile), *provider_identity_keys(order.provider)
    )
    move_state(
        request,
        verb,
        by=by,
        at=at,
        action=f"{verb}_payment_return",
        reason=reason,
        decided_at=at,
        decided_by=by.user,
        decision_reason=reason,
    )
