"""Paying with the voucher, correcting the papers, and the provider's acceptance (O5, O6, O7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor
from foundation.errors import refuse
from foundation.money import ZERO, spoken_money
from orders import permissions
from orders.models import Contract, Order, Party, Payment, Rating
from orders.operations import holding
from orders.operations.checking import require_alive
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.papers import keep_papers, supersede_papers
from orders.operations.telling import tell
from orders.policies import ordering
from orders.policies.papers import InvoiceData, TransferData, UsedBefore
from orders.policies.payments import Limits
from orders.queries import (
    confirmed_contract,
    correction_refusals,
    live_payment_of,
    payment_limits,
    payment_refusals,
    require_no_sanction,
)


def submit_payment(
    *,
    by: Actor,
    at: datetime,
    order: Order,
    amount: Decimal,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
    stars: int,
    comment: str,
) -> Payment:
    """Pay ``amount`` whole yuan of the voucher with full invoices, corporate transfers and a rating (O5).

    In time until the voucher expires (V5): a payment submitted in time counts, so the money moves from reserved to
    paid here; what was reserved beyond it is released at once (O6). Raises UnableToPay (O5, P7), UsedBefore (O5),
    FundedElsewhere (O9), OrderLapsed (V5), UnderSanction (S1), UnableToKeepFile (F1).
    """

    def write() -> Payment:
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "pay")
        require_alive(locked, at=at)
        require_move(locked, "pay")
        contract = confirmed_contract(locked)
        refuse(
            payment_refusals(
                locked,
                contract,
                limits=lambda: _locked_limits(locked, contract, at=at),
                stated={"amount": amount, "stars": stars, "comment": comment},
                invoices=invoices,
                transfers=transfers,
                at=at,
            )
        )
        payment = Payment.objects.create(
            order=locked, contract=contract, amount=amount, submitted_at=at
        )
        supersede_papers(locked, invoices, transfers, replacing=None, at=at)
        keep_papers(payment, invoices, transfers, by=by, at=at)
        _rate(locked, stars=stars, comment=comment, at=at)
        released = holding.pay(locked, amount, at=at)
        move_state(
            locked,
            "pay",
            by=by,
            at=at,
            action="submit_payment",
            details={"payment": payment.pk, "amount": str(amount), "released": str(released)},
            reserved=locked.reserved,
            paid=locked.paid,
            paid_at=at,
            cancellation_asked_by="",
            cancellation_reason="",
        )
        tell(
            locked,
            "payment_submitted",
            Party.PROVIDER,
            at=at,
            amount=spoken_money(amount),
            expected=spoken_money(locked.expected_amount),
        )
        return payment

    return _write_papers(write)


def ask_payment_correction(*, by: Actor, at: datetime, order: Order, reason: str) -> Payment:
    """The provider asks for corrected materials; the amount stays (O7)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "ask_correction")
        require_move(locked, "ask_correction")
        ordering.require_reason(reason, what="需要补正的内容")
        payment = live_payment(locked)
        move_state(
            payment,
            "ask_correction",
            by=by,
            at=at,
            action="ask_payment_correction",
            reason=reason,
            correction_reason=reason,
        )
        move_state(
            locked, "ask_correction", by=by, at=at, action="ask_payment_correction", reason=reason
        )
        tell(locked, "payment_correction_asked", Party.ENTERPRISE, at=at, reason=reason)
        return payment


def correct_payment(
    *,
    by: Actor,
    at: datetime,
    order: Order,
    invoices: Sequence[InvoiceData],
    transfers: Sequence[TransferData],
) -> Payment:
    """Hand in corrected papers for the same amount; the old ones are kept as superseded (O7).

    Possible after expiry too: the payment was submitted in time (V5). Raises as ``submit_payment`` does.
    """

    def write() -> Payment:
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "correct_payment")
        require_move(locked, "correct_payment")
        payment = live_payment(locked)
        contract = payment.contract
        refuse(
            correction_refusals(
                locked,
                contract,
                limits=lambda: _locked_limits(locked, contract, at=at, paid=payment.amount),
                amount=payment.amount,
                invoices=invoices,
                transfers=transfers,
                at=at,
            )
        )
        supersede_papers(locked, invoices, transfers, replacing=payment, at=at)
        keep_papers(payment, invoices, transfers, by=by, at=at)
        move_state(payment, "correct", by=by, at=at, action="correct_payment")
        move_state(locked, "correct_payment", by=by, at=at, action="correct_payment")
        tell(
            locked, "payment_corrected", Party.PROVIDER, at=at, amount=spoken_money(payment.amount)
        )
        return payment

    return _write_papers(write)


def accept_payment(*, by: Actor, at: datetime, order: Order) -> Payment:
    """The provider has checked the materials and accepts the voucher (O7); not bound by expiry (V5)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "accept")
        require_move(locked, "accept")
        require_no_sanction(locked, at=at)
        payment = live_payment(locked)
        move_state(payment, "accept", by=by, at=at, action="accept_payment", accepted_at=at)
        move_state(
            locked,
            "accept",
            by=by,
            at=at,
            action="accept_payment",
            details={"payment": payment.pk, "amount": str(payment.amount)},
            accepted_at=at,
        )
        tell(
            locked, "payment_accepted", Party.ENTERPRISE, at=at, amount=spoken_money(payment.amount)
        )
        return payment


def live_payment(order: Order) -> Payment:
    """The one payment of a locked order that was not returned."""
    payment = live_payment_of(order)
    assert payment is not None, "a paid order has a live payment"
    return payment


def _write_papers(write: Callable[[], Payment]) -> Payment:
    """Run ``write`` in one transaction; a paper that another payment took first becomes a refusal (O5)."""
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        text = str(error)
        # PostgreSQL names the constraint, SQLite the column.
        if "orders_invoice_used_once" in text or "orders_invoice.key" in text:
            raise UsedBefore(
                "有发票已被使用过：每张发票在全系统只能使用一次，请核对发票。"
            ) from error
        if "orders_transfer_used_once" in text or "orders_banktransfer.key" in text:
            raise UsedBefore(
                "有转账凭证已被使用过：每张凭证在全系统只能使用一次，请核对回单号。"
            ) from error
        raise


def _locked_limits(
    order: Order, contract: Contract, *, at: datetime, paid: Decimal = ZERO
) -> Limits:
    """What bounds the amount (O5). ``paid``: what this payment has already moved, yuan."""
    # Locked before the other orders are summed, so that two of one contract cannot both take the last of it.
    left = holding.lock_allowance(order).left
    return payment_limits(order, contract, at=at, left=left, paid=paid)


def _rate(order: Order, *, stars: int, comment: str, at: datetime) -> None:
    """One rating per order; a payment after a return may say it anew (O5)."""
    Rating.objects.update_or_create(
        order=order,
        defaults={
            "provider": order.provider,
            "product": order.product_version.product,
            "stars": stars,
            "comment": comment.strip()[:500],
            "rated_at": at,
        },
    )
