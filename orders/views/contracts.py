"""Uploading the contract, and what it can carry while it is typed (O3)."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.documents.carrying import carry_uploads
from foundation.money import ZERO
from foundation.requests import actor_of, attempt, show_refusals
from orders.forms import ContractForm
from orders.forms.fields import AmountField
from orders.models import Contract
from orders.operations.contracts import upload_contract
from orders.queries import contract_refusals, get_order_for, payment_limits
from orders.states import ORDER
from orders.views.page import order_page
from orders.views.standing import EnterprisePage


class ContractView(EnterprisePage):
    """Upload the contract, or a corrected one (O3)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return order_page(request, pk)

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, at = actor_of(request), request.at
        order = get_order_for(by, pk)
        form = ContractForm(*carry_uploads(request, "contract_file", at=request.at))
        if not form.is_valid():
            if ORDER.allows(order.state, "upload_contract"):
                show_refusals(form, contract_refusals(order, form.cleaned_data, at=at))
        elif attempt(form, upload_contract, by=by, at=at, order=order, **form.cleaned_data):
            messages.success(request, "合同已上传，等待服务机构确认。")
            return redirect("orders:order", pk=pk)
        return order_page(request, pk, contract=form)


class ContractHintView(EnterprisePage):
    """The most voucher money that a contract of the amounts typed can carry; saves nothing."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        total, supported = (_amount(request.POST.get(name, "")) for name in ("total", "supported"))
        limits = None
        if supported is not None:
            contract = Contract(number=request.POST.get("number", ""), supported=supported)
            limits = payment_limits(order, contract, at=request.at)
        return render(
            request,
            "orders/contract_hint.html",
            {
                "order": order,
                "total": total,
                "supported": supported,
                "left_out": (total or ZERO) - supported if total and supported else ZERO,
                "limits": limits,
                "most": limits.most() if limits else None,
            },
        )


def _amount(typed: str) -> Decimal | None:
    try:
        return AmountField("", required=False).clean(typed)
    except forms.ValidationError:
        return None
