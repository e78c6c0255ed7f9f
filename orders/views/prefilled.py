"""The forms of an order's page as they come up first: with everything that is known already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orders.forms import (
    ContractForm,
    InvoiceForm,
    PaperForm,
    PaperFormSet,
    PaymentForm,
    TransferForm,
    blank_rows,
    filled_in_rows,
)
from orders.models import BankTransfer, Invoice, Order, Payment
from orders.queries import (
    confirmed_contract,
    current_contract,
    live_payment_of,
    payment_limits,
)
from orders.states import OrderState, PaymentState


def contract_form_for(order: Order) -> ContractForm:
    """With what was stated last time, else with the registered names and the price; the declaration is made anew."""
    last = current_contract(order)
    if last is not None:
        names = set(ContractForm.base_fields) - {"contract_file", "not_funded_elsewhere"}
        return ContractForm(initial={name: getattr(last, name) for name in names})
    return ContractForm(
        initial={"enterprise_name": order.profile.name, "provider_name": order.provider.name}
    )


def assumed_names(order: Order) -> dict[type[PaperForm], dict[str, str]]:
    """The names that a new row starts with."""
    enterprise, provider = order.profile.name, order.provider.name
    return {
        InvoiceForm: {"buyer": enterprise, "seller": provider},
        TransferForm: {"payer": enterprise, "payee": provider},
    }


@dataclass
class Papers:
    """The payment's form (for a correction, whose amount is fixed, none or one without fields) and its rows."""

    form: Any
    invoices: PaperFormSet
    transfers: PaperFormSet

    @property
    def is_payment(self) -> bool:
        """Whether amount and rating are asked too."""
        return isinstance(self.form, PaymentForm)

    @property
    def step(self) -> str:
        """The key of the step that they are for (orders.views.steps)."""
        return "payment" if self.is_payment else "correction"

    @property
    def has_errors(self) -> bool:
        """Whether anything in them is marked as wrong."""
        return bool(
            (self.form is not None and self.form.errors)
            or self.invoices.total_error_count()
            or self.transfers.total_error_count()
        )


def papers_for(order: Order, at: datetime) -> Papers:
    """Fresh rows, those of a returned payment, or those of the payment under correction, with files that can stay."""
    if order.state == OrderState.PAYMENT_CORRECTION:
        stated = live_payment_of(order)
        form = None
    else:
        stated = order.payments.filter(state=PaymentState.RETURNED).order_by("-pk").first()
        # What was planned; more, out of the free balance, is the enterprise's own choice.
        most = payment_limits(order, confirmed_contract(order), at=at).most()
        planned = min(most, order.reserved or most)
        form = PaymentForm(
            initial={
                "amount": f"{planned:.0f}",
                **_rating_before(order),
            }
        )
    return Papers(form, _rows(order, stated, InvoiceForm), _rows(order, stated, TransferForm))


def _rating_before(order: Order) -> dict[str, Any]:
    """A payment after a return may keep the rating or say it anew."""
    rating = getattr(order, "rating", None)
    return {"stars": rating.stars, "comment": rating.comment} if rating else {}


def _rows(order: Order, stated: Payment | None, form: type[PaperForm]) -> PaperFormSet:
    prefix = "invoice" if form is InvoiceForm else "transfer"
    rows = list(_stated_papers(stated, form)) if stated else []
    if rows:
        return filled_in_rows(form, prefix, rows)
    return blank_rows(form, prefix, assumed_names(order)[form])


def _stated_papers(payment: Payment, form: type[PaperForm]) -> Iterator[dict[str, Any]]:
    names = [name for name in form.base_fields if name not in {"file", "kept"}]
    papers: Any = payment.invoices if form is InvoiceForm else payment.transfers
    paper: Invoice | BankTransfer
    for paper in papers.select_related("document"):
        # After a return the papers of the returned payment are superseded only once they are handed in again.
        if paper.superseded_at is None:
            yield {
                **{name: getattr(paper, name) for name in names},
                "kept": paper.document_id,
                "kept_name": paper.document.name,
            }
