"""Paying and correcting a payment's papers, and the sums while they are typed (O5, O7)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from foundation.errors import Refusal
from foundation.requests import actor_of
from orders.forms import (
    InvoiceForm,
    PaymentForm,
    TransferForm,
    posted_rows,
    with_more_rows,
)
from orders.models import Order
from orders.operations.paying import correct_payment, submit_payment
from orders.policies.payments import InvoiceData, TransferData
from orders.queries import get_order_for
from orders.states import OrderState
from orders.views.page import order_page
from orders.views.prefilled import Papers, assumed_names
from orders.views.reckoning import reckon
from orders.views.standing import EnterprisePage

PAYABLE = frozenset({OrderState.CONTRACTED, OrderState.PAYMENT_CORRECTION})


class PapersView(EnterprisePage):
    """What paying and correcting share: rows that work without scripts, refusals at the row they are about."""

    form_class: type[BaseForm] = forms.Form
    operation: Any = None
    done = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return order_page(request, pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by = actor_of(request)
        order = get_order_for(by, pk)
        if "more" in request.POST:
            return self._again(request, order)
        papers = Papers(
            self.form_class(request.POST),
            posted_rows(InvoiceForm, "invoice", request.POST, request.FILES),
            posted_rows(TransferForm, "transfer", request.POST, request.FILES),
        )
        are_valid = [one.is_valid() for one in (papers.form, papers.invoices, papers.transfers)]
        if all(are_valid):
            try:
                type(self).operation(
                    by=by,
                    at=request.at,
                    order=order,
                    **papers.form.cleaned_data,
                    invoices=[InvoiceData(**row) for row in papers.invoices.papers],
                    transfers=[TransferData(**row) for row in papers.transfers.papers],
                )
            except Refusal as refusal:
                _put(refusal, papers)
            else:
                messages.success(request, self.done)
                return redirect("orders:order", pk=pk)
        return self._page(request, order, papers, request.POST)

    def _again(self, request: HttpRequest, order: Order) -> HttpResponse:
        """The same page again with what was typed, for the buttons that add a row or sum up without scripts."""
        data: QueryDict = request.POST
        more = data["more"]
        for form, assumed in assumed_names(order).items():
            if more == form.prefix_of_rows:
                data = with_more_rows(data, more, assumed)
        papers = Papers(
            PaymentForm(data, quiet=True) if self.form_class is PaymentForm else None,
            posted_rows(InvoiceForm, "invoice", data, request.FILES, quiet=True),
            posted_rows(TransferForm, "transfer", data, request.FILES, quiet=True),
        )
        return self._page(request, order, papers, data)

    def _page(
        self, request: HttpRequest, order: Order, papers: Papers, data: QueryDict
    ) -> HttpResponse:
        is_payable = order.state in PAYABLE
        return order_page(
            request,
            order.pk,
            papers=papers,
            reckoning=reckon(order, request.at, data) if is_payable else None,
        )


class PaymentView(PapersView):
    """Pay with the voucher: papers, amount and rating (O5)."""

    form_class = PaymentForm
    operation = submit_payment
    done = "服务券已支付，等待服务机构核对收券。"


class CorrectionView(PapersView):
    """Hand in corrected papers for the same amount (O7)."""

    operation = correct_payment
    done = "支付材料已补正，等待服务机构核对。"


class LimitsView(EnterprisePage):
    """The sums and limits of what is typed so far; saves nothing."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        reckoning = reckon(order, request.at, request.POST) if order.state in PAYABLE else None
        return render(request, "orders/reckoning.html", {"reckoning": reckoning, "order": order})


def _put(refusal: Refusal, papers: Papers) -> None:
    """Show a refusal where it belongs: at a paper's field, at the rows of one kind, at the form, or above all."""
    kind, _, place = refusal.field.partition(".")
    rows = {"invoices": papers.invoices, "transfers": papers.transfers}.get(kind)
    if rows is not None and place:
        row, _, field = place.partition(".")
        rows.filled[int(row)].add_error(field, refusal.sentence)
    elif rows is not None:
        rows.non_form_errors().append(refusal.sentence)
    else:
        known = refusal.field in papers.form.fields
        papers.form.add_error(refusal.field if known else None, refusal.sentence)
