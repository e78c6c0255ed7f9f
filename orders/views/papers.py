"""Paying and correcting a payment's papers, and the sums while they are typed (O5, O7)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from foundation.documents.carrying import carry_uploads
from foundation.documents.checks import CheckedFile
from foundation.errors import Refusal, partly
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
from orders.policies.papers import InvoiceData, TransferData
from orders.queries import (
    confirmed_contract,
    correction_refusals,
    get_order_for,
    live_payment_of,
    payment_limits,
    payment_refusals,
)
from orders.states import OrderState
from orders.views.last_look import last_look_page
from orders.views.page import order_page
from orders.views.prefilled import Papers, assumed_names
from orders.views.reckoning import reckon
from orders.views.standing import EnterprisePage
from orders.views.steps import steps_for

FILE_NAMES = r"(invoice|transfer)-[0-9]-file"
PAYABLE = frozenset({OrderState.CONTRACTED, OrderState.PAYMENT_CORRECTION})


class PapersView(EnterprisePage):
    """What paying and correcting share: rows that work without scripts, refusals at the row they are about."""

    form_class: type[BaseForm] = forms.Form
    operation: Any = None
    step = ""
    done = ""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return order_page(request, pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        data, files = carry_uploads(request, FILE_NAMES, at=request.at)
        if "more" in data:
            return self._again(request, order, data, files)
        papers = Papers(
            self.form_class(data),
            posted_rows(InvoiceForm, "invoice", data, files),
            posted_rows(TransferForm, "transfer", data, files),
        )
        are_valid = [one.is_valid() for one in (papers.form, papers.invoices, papers.transfers)]
        answer: HttpResponse | None = None
        if all(are_valid):
            answer = self._hand_in(request, order, papers, data)
        elif self._is_possible(request, order):
            _put(self.refused(order, papers, request.at), papers)
        return answer or self._page(request, order, papers, data)

    def refused(self, order: Order, papers: Papers, at: datetime) -> list[Refusal]:
        """What stands against the papers, as far as they could be read."""
        raise NotImplementedError

    def _is_possible(self, request: HttpRequest, order: Order) -> bool:
        """Whether the step is open at all; what else is wrong matters only then."""
        steps = steps_for(order, actor_of(request), request.at)
        return any(step.step == self.step for step in steps)

    def _hand_in(
        self, request: HttpRequest, order: Order, papers: Papers, data: QueryDict
    ) -> HttpResponse | None:
        """Do it; None when it was refused."""
        try:
            type(self).operation(
                by=actor_of(request),
                at=request.at,
                order=order,
                **papers.form.cleaned_data,
                invoices=[InvoiceData(**row) for row in papers.invoices.papers],
                transfers=[TransferData(**row) for row in papers.transfers.papers],
            )
        except Refusal as refusal:
            _put(refusal.all, papers)
            return None
        messages.success(request, self.done)
        return redirect("orders:order", pk=order.pk)

    def _again(
        self, request: HttpRequest, order: Order, data: QueryDict, files: Any
    ) -> HttpResponse:
        """The same page again with what was typed, for the buttons that add a row or sum up without scripts."""
        more = data["more"]
        for form, assumed in assumed_names(order).items():
            if more == form.prefix_of_rows:
                data = with_more_rows(data, more, assumed)
        papers = Papers(
            PaymentForm(data, quiet=True) if self.form_class is PaymentForm else None,
            posted_rows(InvoiceForm, "invoice", data, files, quiet=True),
            posted_rows(TransferForm, "transfer", data, files, quiet=True),
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
    step = "pay"
    done = "服务券已支付，等待服务机构核对收券。"

    def _hand_in(
        self, request: HttpRequest, order: Order, papers: Papers, data: QueryDict
    ) -> HttpResponse | None:
        """Pay when the last look was confirmed; before that, show it."""
        if "confirmed" in data or not self._is_possible(request, order):
            return super()._hand_in(request, order, papers, data)
        found = self.refused(order, papers, request.at)
        _put(found, papers)
        _require_carried(papers)
        if found or papers.has_errors:
            return None
        return last_look_page(request, order, papers, data)

    def refused(self, order: Order, papers: Papers, at: datetime) -> list[Refusal]:
        contract = confirmed_contract(order)
        return payment_refusals(
            order,
            contract,
            limits=lambda: payment_limits(order, contract, at=at),
            stated=papers.form.cleaned_data,
            invoices=[partly(InvoiceData, row) for row in papers.invoices.papers],
            transfers=[partly(TransferData, row) for row in papers.transfers.papers],
            at=at,
        )


class CorrectionView(PapersView):
    """Hand in corrected papers for the same amount (O7)."""

    operation = correct_payment
    step = "correct_payment"
    done = "支付材料已补正，等待服务机构核对。"

    def refused(self, order: Order, papers: Papers, at: datetime) -> list[Refusal]:
        payment = live_payment_of(order)
        assert payment is not None, "a payment under correction is live"
        return correction_refusals(
            order,
            payment.contract,
            limits=lambda: payment_limits(order, payment.contract, at=at, paid=payment.amount),
            amount=payment.amount,
            invoices=[partly(InvoiceData, row) for row in papers.invoices.papers],
            transfers=[partly(TransferData, row) for row in papers.transfers.papers],
            at=at,
        )


class LimitsView(EnterprisePage):
    """The sums and limits of what is typed so far; saves nothing."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        reckoning = reckon(order, request.at, request.POST) if order.state in PAYABLE else None
        return render(request, "orders/reckoning.html", {"reckoning": reckoning, "order": order})


def _require_carried(papers: Papers) -> None:
    """A page in between carries staged files only."""
    for row in (*papers.invoices.filled, *papers.transfers.filled):
        if isinstance(row.cleaned_data.get("file"), CheckedFile):
            row.add_error(
                "file",
                "文件没有保留成功：已上传但未提交的文件过多，请先提交或移除一部分，再重新选择。",
            )


def _put(refusals: Iterable[Refusal], papers: Papers) -> None:
    """Show refusals where they belong: at a paper's field, at the rows of one kind, at the form, or above all."""
    filled = {"invoices": papers.invoices.filled, "transfers": papers.transfers.filled}
    for refusal in refusals:
        kind, _, place = refusal.field.partition(".")
        if kind in filled and place:
            row, _, field = place.partition(".")
            filled[kind][int(row)].add_error(field, refusal.sentence)
        elif kind in filled:
            getattr(papers, kind).non_form_errors().append(refusal.sentence)
        else:
            known = refusal.field in papers.form.fields
            papers.form.add_error(refusal.field if known else None, refusal.sentence)
