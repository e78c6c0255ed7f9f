"""Picking accepted orders for a new claim (R1)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from foundation.requests import actor_of, attempt, whole_number
from orders.models import Order
from orders.states import OrderState
from redemption.forms import PickOrdersForm
from redemption.operations.preparing import prepare_claim
from redemption.queries import (
    batches_to_claim,
    claimable_orders,
    claimable_total,
    held_back_orders,
    provider_of,
    why_claims_stop,
)
from redemption.views import ProviderPage
from vouchers.models import Programme

# Orders on one page, and so in one claim at most: what still prints as a table one can check.
PAGE_SIZE = 100
HELD_SHOWN = 50
_WHY_HELD: dict[str, str] = {
    OrderState.PAID: "尚未收券：请先在订单中核对材料并收券。",
    OrderState.PAYMENT_CORRECTION: "企业正在补正支付材料，补正并收券后才能申请兑现。",
    OrderState.ACCEPTED: "有尚未决定的退回支付申请，承办单位决定后才能申请兑现。",
}


class PrepareView(ProviderPage):
    """Pick accepted orders of one programme for a new claim, of all batches or of one (R1)."""

    def get(self, request: HttpRequest, programme_pk: int) -> HttpResponse:
        return self._page(request, self._programme(programme_pk), None)

    def post(self, request: HttpRequest, programme_pk: int) -> HttpResponse:
        programme = self._programme(programme_pk)
        form = PickOrdersForm(request.POST, orders=self._orders(request, programme))
        if form.is_valid():
            claim = attempt(
                form,
                prepare_claim,
                by=actor_of(request),
                at=request.at,
                programme=programme,
                order_pks=form.cleaned_data["order_pks"],
            )
            if claim is not None:
                messages.success(request, "兑现申请已创建，请打印两张表格，盖章扫描后上传。")
                return redirect("redemption:claim", pk=claim.pk)
        return self._page(request, programme, form)

    def _programme(self, pk: int) -> Programme:
        found = Programme.objects.select_related("city").filter(pk=pk).first()
        if found is None:
            raise Http404
        return found

    def _orders(self, request: HttpRequest, programme: Programme) -> QuerySet[Order]:
        orders = claimable_orders(provider_of(actor_of(request)), programme, request.at)
        batch = whole_number(request.GET.get("batch", ""))
        return orders if batch is None else orders.filter(voucher__batch_id=batch)

    def _page(
        self, request: HttpRequest, programme: Programme, form: PickOrdersForm | None
    ) -> HttpResponse:
        provider, at = provider_of(actor_of(request)), request.at
        page = Paginator(self._orders(request, programme), PAGE_SIZE).get_page(
            request.GET.get("page")
        )
        amount, count = claimable_total(provider, programme, at)
        held: list[dict[str, Any]] = [
            {"order": order, "why": _WHY_HELD[order.state]}
            for order in held_back_orders(provider, programme, at)[:HELD_SHOWN]
        ]
        return render(
            request,
            "redemption/prepare.html",
            {
                "programme": programme,
                "page_obj": page,
                "orders": page.object_list,
                "form": form,
                "batches": batches_to_claim(provider, programme, at),
                "batch": whole_number(request.GET.get("batch", "")),
                "amount": amount,
                "count": count,
                "held": held,
                "stopped": why_claims_stop(provider, programme, at),
            },
        )
