"""The order pages of both sides: where an order stands, whose turn it is, and the step to take."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from foundation.accounts.models import Role
from foundation.errors import Refusal
from foundation.money import ZERO
from foundation.requests import RoleRequired, actor_of, attempt
from orders.forms import (
    ContractForm,
    PlaceOrderForm,
)
from orders.models import Contract, Order, Party
from orders.operations.contracts import upload_contract
from orders.operations.placing import place_order
from orders.permissions import side_of
from orders.queries import (
    correction_deadline,
    current_contract,
    deadline_reason,
    deadlines_of,
    get_order_for,
    left_in_programme,
    order_deadline,
    orders_visible_to,
    payment_returns_of,
    price_deviation,
    whose_turn,
)
from orders.states import OrderState
from orders.views.steps import BY_KEY, steps_for
from providers.models import ProductVersion
from providers.queries import get_version_on_sale
from vouchers.queries import usable_balance, vouchers_visible_to

PAGE_SIZE = 20
TONES = {
    OrderState.ACCEPTED: "good",
    OrderState.SETTLED: "good",
    OrderState.DECLINED: "bad",
    OrderState.CANCELLED: "neutral",
    OrderState.LAPSED: "bad",
    OrderState.DISALLOWED: "bad",
    OrderState.CONTRACT_RETURNED: "warn",
    OrderState.PAYMENT_CORRECTION: "warn",
}


class OrderPage(RoleRequired, View):
    """A page for the two sides of an order."""

    roles = frozenset({Role.ENTERPRISE, Role.PROVIDER})


class EnterprisePage(OrderPage):
    """A page for the enterprise side."""

    roles = frozenset({Role.ENTERPRISE})


def _row(order: Order, deadline: datetime | None, by: Any, at: datetime) -> dict[str, Any]:
    lapsed = order.state == OrderState.LAPSED or (deadline is not None and at > deadline)
    turn = whose_turn(order)
    return {
        "order": order,
        "state": OrderState.LAPSED.label if lapsed else order.get_state_display(),
        "tone": TONES.get(OrderState.LAPSED if lapsed else OrderState(order.state), "brand"),
        "lapsed": lapsed,
        "used": order.paid + order.settled,
        "turn": None if lapsed else turn,
        "mine": not lapsed and turn.party == side_of(order, by),
        "deadline": None if lapsed else deadline,
    }


class OrderListView(OrderPage):
    """One's orders, newest first; ``state`` narrows the list to one state."""

    def get(self, request: HttpRequest) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        orders = orders_visible_to(by.user)  # type: ignore[arg-type]
        state = request.GET.get("state", "")
        if state in OrderState.values:
            orders = orders.filter(state=state)
        page = Paginator(orders.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
        deadlines = deadlines_of(page.object_list)
        return render(
            request,
            "orders/list.html",
            {
                "page_obj": page,
                "rows": [_row(order, deadlines[order.pk], by, at) for order in page.object_list],
                "states": OrderState.choices,
                "state": state,
                "is_provider": by.role == Role.PROVIDER,
            },
        )


class PlaceOrderView(EnterprisePage):
    """Order a product version with one of one's vouchers (O1)."""

    def get(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        version = get_version_on_sale(version_pk)
        return self._page(
            request, version, PlaceOrderForm(vouchers=self._vouchers(request), version=version)
        )

    def post(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        version = get_version_on_sale(version_pk)
        form = PlaceOrderForm(request.POST, vouchers=self._vouchers(request), version=version)
        if form.is_valid():
            order = attempt(
                form,
                place_order,
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                version=version,
                **{"price_tier": None, **form.cleaned_data},
            )
            if order is not None:
                messages.success(request, "已下单，等待服务机构确认。")
                return redirect("orders:order", pk=order.pk)
        return self._page(request, version, form)

    def _vouchers(self, request: HttpRequest) -> Any:
        """The vouchers that still have something to use; the form shows only these."""
        at = request.at  # type: ignore[attr-defined]
        vouchers = vouchers_visible_to(request.user)  # type: ignore[arg-type]
        usable = [voucher.pk for voucher in vouchers if usable_balance(voucher, at) > ZERO]
        return vouchers.filter(pk__in=usable)

    def _page(
        self, request: HttpRequest, version: ProductVersion, form: PlaceOrderForm
    ) -> HttpResponse:
        vouchers = list(form.fields["voucher"].queryset)  # type: ignore[attr-defined]
        provider = version.product.provider
        return render(
            request,
            "orders/place.html",
            {
                "version": version,
                "provider": provider,
                "vouchers": vouchers,
                "left": left_in_programme(provider.pk, vouchers[0].batch.programme)
                if vouchers
                else None,
                "form": form,
            },
        )


def facts_of(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What every page about one order shows at its head."""
    by, at = actor_of(request), request.at  # type: ignore[attr-defined]
    problem = ""
    try:
        deadline = order_deadline(order)
    except Refusal as refusal:
        deadline, problem = None, refusal.sentence
    return {
        **_row(order, deadline, by, at),
        "side": side_of(order, by),
        "deadline_problem": problem,
        "deadline_reason": deadline_reason(order)[0],
        "batch": order.voucher.batch,
        "programme": order.voucher.batch.programme,
        "free": usable_balance(order.voucher, at),
    }


class OrderView(OrderPage):
    """One order: where it stands, whose turn, deadlines, amounts, files, and the steps to take."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        order = get_order_for(by, pk)
        facts = facts_of(request, order)
        contracts = list(order.contracts.select_related("document"))
        payments = order.payments.prefetch_related(
            "invoices__document", "transfers__document"
        ).order_by("-pk")
        return render(
            request,
            "orders/order.html",
            {
                **facts,
                "steps": steps_for(order, by, at),
                "timeline": _timeline(order),
                "contracts": [
                    {"contract": contract, "deviation": price_deviation(contract).text}
                    for contract in contracts
                ],
                "payments": payments,
                "returns": payment_returns_of(order),
                "rating": getattr(order, "rating", None),
                "is_provider": facts["side"] == Party.PROVIDER,
            },
        )


def _timeline(order: Order) -> list[tuple[str, datetime]]:
    """What has happened, oldest first, from the order's own moments."""
    moments = [
        ("企业下单", order.placed_at),
        ("服务机构确认订单", order.confirmed_at),
        ("企业首次上传合同", order.contract_uploaded_at),
        ("服务机构最近一次退回合同", order.contract_returned_at),
        ("服务机构确认合同", order.contracted_at),
        ("企业支付服务券", order.paid_at),
        ("服务机构收券", order.accepted_at),
        (f"订单结束：{order.get_state_display()}", order.ended_at),
    ]
    return sorted(((label, at) for label, at in moments if at), key=lambda entry: entry[1])


class OrderActView(OrderPage):
    """One step with its confirmation: GET explains it, POST does it."""

    def get(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        return self._page(request, pk, act, None)

    def post(self, request: HttpRequest, pk: int, act: str) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        order, step = get_order_for(by, pk), BY_KEY.get(act)
        if step is None or step.operation is None:
            raise Http404
        form = step.form(request.POST)
        if form.is_valid() and (
            attempt(form, step.operation, by=by, at=at, order=order, **form.cleaned_data)
            is not None
        ):
            messages.success(request, step.done)
            return redirect("orders:order", pk=pk)
        return self._page(request, pk, act, form)

    def _page(self, request: HttpRequest, pk: int, act: str, form: BaseForm | None) -> HttpResponse:
        order, step = get_order_for(actor_of(request), pk), BY_KEY.get(act)
        if step is None or step.operation is None:
            raise Http404
        return render(
            request,
            "orders/act.html",
            {**facts_of(request, order), "step": step, "form": form or step.form()},
        )


class ContractView(EnterprisePage):
    """Upload the contract, or a corrected one (O3)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        order = get_order_for(actor_of(request), pk)
        last = current_contract(order)
        return self._page(request, order, ContractForm(initial=_stated(last) if last else None))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        by, at = actor_of(request), request.at  # type: ignore[attr-defined]
        order = get_order_for(by, pk)
        form = ContractForm(request.POST, request.FILES)
        if form.is_valid() and attempt(
            form, upload_contract, by=by, at=at, order=order, **form.cleaned_data
        ):
            messages.success(request, "合同已上传，等待服务机构确认。")
            return redirect("orders:order", pk=pk)
        return self._page(request, order, form)

    def _page(self, request: HttpRequest, order: Order, form: ContractForm) -> HttpResponse:
        context = {**facts_of(request, order), "form": form, "last": current_contract(order)}
        if order.state == OrderState.CONTRACT_RETURNED and not context["deadline_problem"]:
            context["correct_until"] = correction_deadline(order)
        return render(request, "orders/contract.html", context)


def _stated(contract: Contract) -> dict[str, Any]:
    """What the enterprise stated last time, to be corrected rather than typed again; the declaration is made anew."""
    names = [
        name
        for name in ContractForm.base_fields
        if name not in {"contract_file", "not_funded_elsewhere"}
    ]
    return {name: getattr(contract, name) for name in names}
