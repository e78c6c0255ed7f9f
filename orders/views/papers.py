"""The pages for paying and for correcting a payment's papers: rows that work without scripts (O5, O7)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.money import share_of
from foundation.requests import actor_of, attempt
from orders.forms import (
    InvoiceForm,
    PaperFormSet,
    PaymentForm,
    TransferForm,
    paper_formset,
    typed_rows,
)
from orders.models import BankTransfer, Invoice, Order
from orders.operations.paying import correct_payment, submit_payment
from orders.policies.payments import InvoiceData, TransferData
from orders.queries import get_order_for, left_in_programme, live_payment_of
from orders.views.pages import EnterprisePage, facts_of


class PapersView(EnterprisePage):
    """What paying and correcting share: rows of invoices and transfers that work without scripts."""

    template = ""

    def _formsets(self, request: HttpRequest) -> tuple[PaperFormSet, PaperFormSet]:
        return (
            paper_formset(InvoiceForm, "invoice", request=request),
            paper_formset(TransferForm, "transfer", request=request),
        )

    def _with_more_rows(self, request: HttpRequest) -> tuple[PaperFormSet, PaperFormSet]:
        """The same rows again with blank ones behind them, for the buttons that add a row."""
        more = request.POST["more"]
        return (
            paper_formset(
                InvoiceForm,
                "invoice",
                initial=typed_rows(InvoiceForm, "invoice", request.POST),
                more=3 if more == "invoice" else 1,
            ),
            paper_formset(
                TransferForm,
                "transfer",
                initial=typed_rows(TransferForm, "transfer", request.POST),
                more=3 if more == "transfer" else 1,
            ),
        )

    def _page(
        self,
        request: HttpRequest,
        order: Order,
        form: BaseForm | None,
        formsets: tuple[PaperFormSet, PaperFormSet],
    ) -> HttpResponse:
        contract = order.contracts.filter(confirmed_at__isnull=False).first()
        context = facts_of(request, order)
        programme = context["programme"]
        return render(
            request,
            self.template,
            {
                **context,
                "form": form,
                "invoices": formsets[0],
                "transfers": formsets[1],
                "contract": contract,
                "live": live_payment_of(order),
                "most_by_contract": share_of(contract.supported, programme.subsidy_ratio)
                if contract
                else None,
                "most_by_balance": order.reserved + context["free"],
                "left": left_in_programme(order.provider_id, programme),
            },
        )


def _papers(formsets: tuple[PaperFormSet, PaperFormSet]) -> dict[str, Any]:
    return {
        "invoices": [InvoiceData(**row) for row in formsets[0].papers],
        "transfers": [TransferData(**row) for row in formsets[1].papers],
    }


class PaymentView(PapersView):
    """Pay with the voucher: papers, amount and rating (O5)."""

    template = "orders/payment.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        returned = order.payments.filter(state="returned").order_by("-pk").first()
        form = PaymentForm(initial={"amount": f"{order.reserved:.0f}"})
        return self._page(request, order, form, _formsets_of(returned))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        order = get_order_for(by, pk)
        if "more" in request.POST:
            typed = PaymentForm(
                initial={name: request.POST.get(name) for name in PaymentForm.base_fields}
            )
            return self._page(request, order, typed, self._with_more_rows(request))
        form, formsets = PaymentForm(request.POST), self._formsets(request)
        if all([form.is_valid(), formsets[0].is_valid(), formsets[1].is_valid()]):
            done = attempt(
                form,
                submit_payment,
                by=by,
                at=at,
                order=order,
                **form.cleaned_data,
                **_papers(formsets),
            )
            if done is not None:
                messages.success(request, "服务券已支付，等待服务机构核对收券。")
                return redirect("orders:order", pk=pk)
        return self._page(request, order, form, formsets)


class CorrectionView(PapersView):
    """Hand in corrected papers for the same amount (O7)."""

    template = "orders/correction.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        return self._page(request, order, None, _formsets_of(live_payment_of(order)))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        order = get_order_for(by, pk)
        if "more" in request.POST:
            return self._page(request, order, None, self._with_more_rows(request))
        form, formsets = forms.Form(request.POST), self._formsets(request)
        if all([form.is_valid(), formsets[0].is_valid(), formsets[1].is_valid()]) and (
            attempt(form, correct_payment, by=by, at=at, order=order, **_papers(formsets))
            is not None
        ):
            messages.success(request, "支付材料已补正，等待服务机构核对。")
            return redirect("orders:order", pk=pk)
        return self._page(request, order, form, formsets)


def _formsets_of(payment: Any) -> tuple[PaperFormSet, PaperFormSet]:
    """Rows filled with the papers of an earlier hand-in, whose files can stay; blank rows without one."""
    invoices = list(_stated_papers(payment.invoices.all(), InvoiceForm)) if payment else []
    transfers = list(_stated_papers(payment.transfers.all(), TransferForm)) if payment else []
    return (
        paper_formset(InvoiceForm, "invoice", initial=invoices),
        paper_formset(TransferForm, "transfer", initial=transfers),
    )


def _stated_papers(papers: Any, form: Any) -> Any:
    names = [name for name in form.base_fields if name not in {"file", "kept"}]
    paper: Invoice | BankTransfer
    for paper in papers.select_related("document"):
        if paper.superseded_at is None:
            yield {
                **{name: getattr(paper, name) for name in names},
                "kept": paper.document_id,
                "kept_name": paper.document.name,
            }
