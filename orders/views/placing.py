"""Placing an order from a product's page, with every condition shown before it is sent (O1)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render

from foundation.money import ZERO, share_of
from foundation.requests import actor_of, attempt, whole_number
from orders.forms import PlaceOrderForm
from orders.forms.fields import AmountField
from orders.operations.placing import place_order
from orders.policies import ordering
from orders.policies.ordering import condition
from orders.queries import placing_conditions, profile_to_order_with, room_in
from orders.views.standing import EnterprisePage
from providers.models import ProductVersion
from providers.queries import get_version_on_sale
from vouchers.models import Voucher
from vouchers.queries import usable_balance, vouchers_visible_to


def usable_vouchers(request: HttpRequest) -> QuerySet[Voucher]:
    """The vouchers that still have something to use, the one that ends first before the others."""
    vouchers = vouchers_visible_to(request.user).filter(free__gt=0)
    usable = [one.pk for one in vouchers if usable_balance(one, request.at) > ZERO]
    return vouchers.filter(pk__in=usable).order_by("batch__closes_at", "pk")


def check_of(
    request: HttpRequest, version: ProductVersion, vouchers: list[Voucher], data: QueryDict | None
) -> dict[str, Any]:
    """What the chosen voucher, tier and amount come to, by the very checks of the operation."""
    data = data if data is not None else QueryDict()
    chosen = whole_number(data.get("voucher", ""))
    voucher = next((one for one in vouchers if one.pk == chosen), vouchers[0] if vouchers else None)
    if voucher is None:
        return {"voucher": None}
    programme, provider = voucher.batch.programme, version.product.provider
    free = usable_balance(voucher, request.at)
    left = room_in(provider.pk, programme).left
    price = _price(version, data)
    half = share_of(price, programme.subsidy_ratio) if price is not None else None
    known = [free, left, *([half] if half is not None else [])]
    amount, unreadable = _amount(data.get("expected_amount", ""))
    conditions = placing_conditions(
        voucher, version, at=request.at, profile=profile_to_order_with(voucher)
    )
    if amount is not None:
        conditions.append(
            condition(
                "预计用券金额在限额内",
                ordering.require_expected_amount,
                amount=amount,
                free=free,
                left=left,
            )
        )
    return {
        "voucher": voucher,
        "free": free,
        "left": left,
        "price": price,
        "half": half,
        "percent": f"{programme.subsidy_ratio * 100:f}".rstrip("0").rstrip(".") + "%",
        "suggested": max(min(known), ZERO) // 1,
        "amount": amount,
        "above_half": amount is not None and half is not None and amount > half,
        "unreadable": unreadable,
        "conditions": conditions,
        "all_met": all(one.met for one in conditions),
    }


def _price(version: ProductVersion, data: QueryDict) -> Decimal | None:
    """The price that is known so far: the fixed one, or that of the tier chosen."""
    if version.price_min == version.price_max and not version.tiers.exists():
        return version.price_min
    tier_pk = whole_number(data.get("price_tier", ""))
    tier = version.tiers.filter(pk=tier_pk).first() if tier_pk is not None else None
    return tier.price if tier else None


def _amount(typed: str) -> tuple[Decimal | None, bool]:
    try:
        return AmountField("", required=False).clean(typed), False
    except forms.ValidationError:
        return None, True


class PlaceOrderView(EnterprisePage):
    """Order a product version with one of one's vouchers (O1)."""

    def get(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        version = get_version_on_sale(version_pk)
        return self._page(request, version, None)

    def post(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        version = get_version_on_sale(version_pk)
        form = PlaceOrderForm(request.POST, vouchers=usable_vouchers(request), version=version)
        if form.is_valid():
            order = attempt(
                form,
                place_order,
                by=actor_of(request),
                at=request.at,
                version=version,
                **{"price_tier": None, **form.cleaned_data},
            )
            if order is not None:
                messages.success(request, "已下单，等待服务机构确认。")
                return redirect("orders:order", pk=order.pk)
        return self._page(request, version, form)

    def _page(
        self, request: HttpRequest, version: ProductVersion, form: PlaceOrderForm | None
    ) -> HttpResponse:
        usable = usable_vouchers(request)
        vouchers = list(usable)
        check = check_of(request, version, vouchers, request.POST if form else None)
        if form is None:
            initial = {"voucher": check["voucher"]}
            if check.get("suggested"):
                initial["expected_amount"] = f"{check['suggested']:.0f}"
            form = PlaceOrderForm(vouchers=usable, version=version, initial=initial)
        return render(
            request,
            "orders/place.html",
            {
                "version": version,
                "provider": version.product.provider,
                "vouchers": vouchers,
                "others": list(vouchers_visible_to(request.user).order_by("-pk")[:5])
                if not vouchers
                else [],
                "form": form,
                "check": check,
            },
        )


class PlaceCheckView(EnterprisePage):
    """The conditions and limits for what is chosen so far; saves nothing."""

    def post(self, request: HttpRequest, version_pk: int) -> HttpResponse:
        version = get_version_on_sale(version_pk)
        check = check_of(request, version, list(usable_vouchers(request)), request.POST)
        return render(request, "orders/place_check.html", {"check": check, "version": version})
