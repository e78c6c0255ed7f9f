"""Payments with the voucher: in time and not, corrected, returned, accepted (O5–O8, V5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.errors import IllegalMove
from foundation.moments import ONE_MICROSECOND, end_of_day
from orders.models import PaymentReturn
from orders.operations.paying import accept_payment, ask_payment_correction
from orders.operations.returning import (
    ask_payment_return,
    grant_payment_return,
    refuse_payment_return,
)
from orders.policies.ordering import OrderLapsed
from orders.policies.papers import UnableToPay, UsedBefore
from orders.policies.payments import UnableToReturnPayment
from rehearsal.season.company import Company
from rehearsal.steps.ordering import Deal, correct, pay

_COMMENTS = (
    (5, "服务专业，成果扎实"),
    (5, "响应及时，按期交付"),
    (4, "整体满意，沟通顺畅"),
    (4, "成果符合合同约定"),
    (3, "进度稍慢，结果尚可"),
)


def plan_payment(company: Company, deal: Deal, fate: str, at: datetime) -> None:
    """The service takes some weeks; then the enterprise pays, at the latest when the voucher expires (V5)."""
    expires = end_of_day(company.plan.service_until)
    when = company.hours.days_later(at, 14, 70)
    if when > expires - timedelta(days=2):
        when = min(company.hours.days_later(at, 1, 10), expires)
    if fate == "paid_at_the_last_moment":
        when = expires
    elif fate == "paid_too_late":
        when = expires + ONE_MICROSECOND
    company.go_on(when, partial(_pay, company, deal, fate))


def _amount(deal: Deal, fate: str) -> Decimal:
    """What was reserved, or less: never more than half of the supported part (O5)."""
    amount = min(deal.order.expected_amount, deal.supported // 2)
    return max(amount * 3 // 4, Decimal(1)) if fate == "pays_less" else amount


def _pay(company: Company, deal: Deal, fate: str, at: datetime) -> None:
    tally, amount = company.tally, _amount(deal, fate)
    stars, comment = company.rng.choice(_COMMENTS)
    paying = partial(
        pay,
        deal,
        at=at,
        papers=company.papers,
        numbers=company.numbers,
        stars=stars,
        comment=comment,
        invoices=2 if company.rng.random() < 0.1 else 1,
    )
    if fate == "paid_too_late":
        tally.must_refuse(partial(paying, amount), OrderLapsed)
        return
    if fate == "used_invoice":
        _pay_wrongly(company, deal, amount, paying)
    if tally.attempt("payments", partial(paying, amount), OrderLapsed, IllegalMove) is None:
        return
    if fate == "pays_less":
        tally.count("payments_below_reserve")
    company.used_invoice = deal.invoice_numbers[0]
    later = company.hours.days_later(at, 1, 4)
    if fate == "corrected":
        company.go_on(later, partial(_ask_correction, company, deal, amount))
    else:
        company.go_on(later, partial(_accept, company, deal, fate))


def _pay_wrongly(company: Company, deal: Deal, amount: Decimal, paying: partial[object]) -> None:
    """More than half, and an invoice that was used before (O5)."""
    tally = company.tally
    overtaken = (OrderLapsed, IllegalMove)
    tally.must_refuse(partial(paying, deal.supported // 2 + 1), UnableToPay, *overtaken)
    if company.used_invoice is not None:
        own, deal.invoice_numbers = deal.invoice_numbers, [company.used_invoice]
        tally.must_refuse(partial(paying, amount), UsedBefore, *overtaken)
        deal.invoice_numbers = own


def _ask_correction(company: Company, deal: Deal, amount: Decimal, at: datetime) -> None:
    ask_payment_correction(by=deal.seller, at=at, order=deal.order, reason="发票影像不清晰")
    company.tally.count("payment_corrections_asked")
    later = company.hours.days_later(at, 1, 3)
    company.go_on(later, partial(_correct, company, deal, amount))


def _correct(company: Company, deal: Deal, amount: Decimal, at: datetime) -> None:
    correct(deal, amount, at=at, papers=company.papers, numbers=company.numbers)
    company.tally.count("payments_corrected")
    company.go_on(company.hours.days_later(at, 1, 3), partial(_accept, company, deal, ""))


def _accept(company: Company, deal: Deal, fate: str, at: datetime) -> None:
    accept_payment(by=deal.seller, at=at, order=deal.order)
    company.tally.count("payments_accepted")
    if fate in {"payment_returned", "return_refused"}:
        # At once, before the order can be gathered into a claim.
        _ask_return(company, deal, fate, at)


# --- Returning a payment (O8) --------------------------------------------------------------


def _ask_return(company: Company, deal: Deal, fate: str, at: datetime) -> None:
    request = company.tally.attempt(
        "payment_returns_asked",
        partial(
            ask_payment_return, by=deal.seller, at=at, order=deal.order, reason="发票开具有误需重开"
        ),
        UnableToReturnPayment,
    )
    if request is not None:
        later = company.hours.days_later(at, 1, 2)
        company.agenda.at(later, partial(_decide_return, company, deal, request, fate))


def _decide_return(
    company: Company, deal: Deal, request: PaymentReturn, fate: str, at: datetime
) -> None:
    """The contractor decides; once the voucher has expired nobody can any more (O8)."""
    contractor = company.office.contractor
    if fate == "return_refused":
        company.tally.attempt(
            "payment_returns_refused",
            partial(
                refuse_payment_return,
                by=contractor,
                at=at,
                payment_return=request,
                reason="发票核验无误，无需退回",
            ),
            UnableToReturnPayment,
        )
        return
    granted = company.tally.attempt(
        "payments_returned",
        partial(
            grant_payment_return, by=contractor, at=at, payment_return=request, reason="同意重开"
        ),
        UnableToReturnPayment,
    )
    if granted is not None:
        expires = end_of_day(company.plan.service_until)
        later = min(company.hours.days_later(at, 2, 8), expires)
        deal.invoice_numbers = []
        company.go_on(later, partial(_pay, company, deal, ""))
