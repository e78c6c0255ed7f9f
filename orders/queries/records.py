"""An order's contracts, payments and requests to return them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import QuerySet

from enterprises.models import Qualification
from enterprises.states import QualificationState
from foundation.money import ZERO, spoken_money
from orders.models import Contract, Order, Payment, PaymentReturn
from orders.states import PaymentState, ReturnState
from providers.models import PriceKind


def registered_names(order: Order) -> list[str]:
    """The names under which the enterprise's papers are right: as ordered, and as checked since then (O5, E6)."""
    checked = Qualification.objects.filter(
        enterprise_id=order.enterprise_id, state=QualificationState.PASSED
    ).values_list("profile__name", flat=True)
    return [order.profile.name, *checked]


def current_contract(order: Order) -> Contract | None:
    """The newest upload of the order's contract."""
    return order.contracts.select_related("document").order_by("-version").first()


def confirmed_contract(order: Order) -> Contract:
    """The contract that the order's payment stands on."""
    return order.contracts.get(confirmed_at__isnull=False)


@dataclass(frozen=True)
class PriceDeviation:
    """A contract's total beside the product's price (O4). ``text`` is Chinese, empty when nothing deviates."""

    total: Decimal
    price_min: Decimal
    price_max: Decimal
    difference: Decimal
    text: str


def price_deviation(contract: Contract) -> PriceDeviation:
    """Compare a contract's total with the price of the product version or tier ordered, yuan (O4).

    ``difference`` is above zero when the contract is dearer than the price, below zero when it is cheaper.
    """
    order, version = contract.order, contract.order.product_version
    if order.price_tier is not None:
        low = high = order.price_tier.price
        price = f"所选价格档 {spoken_money(low)}"
    else:
        low, high = version.price_min, version.price_max
        fixed = version.price_kind == PriceKind.FIXED
        price = (
            f"产品价格 {spoken_money(low)}"
            if fixed
            else f"产品价格 {spoken_money(low)}至{spoken_money(high)}"
        )
    difference = contract.total - high if contract.total > high else min(contract.total - low, ZERO)
    if difference == ZERO:
        return PriceDeviation(contract.total, low, high, ZERO, "")
    base = high if difference > ZERO else low
    text = (
        f"合同总额 {spoken_money(contract.total)}，{price}，"
        f"{'高出' if difference > ZERO else '低于'} {spoken_money(abs(difference))}"
        f"（{abs(difference) / base:.1%}），请核对计价依据（{version.get_price_basis_display()}）。"
    )
    return PriceDeviation(contract.total, low, high, difference, text)


def live_payment_of(order: Order) -> Payment | None:
    """The one payment of the order that was not returned (O5)."""
    return order.payments.exclude(state=PaymentState.RETURNED).select_related("contract").first()


def open_return_of(order: Order) -> PaymentReturn | None:
    """The request to return the order's payment that is still to be decided (O8)."""
    return PaymentReturn.objects.filter(payment__order=order, state=ReturnState.ASKED).first()


def payment_returns_of(order: Order) -> QuerySet[PaymentReturn]:
    """Every request to return a payment of the order, newest first; staff names stay inside the office (O8)."""
    return PaymentReturn.objects.filter(payment__order=order).select_related("payment")
