"""What orders ask of an enterprise, for its home page (N2)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.todos import Todo
from orders.models import Order, Party
from orders.queries import deadlines_of, orders_visible_to, whose_turn
from orders.states import OrderState

# More would not be read; the list of orders has them all.
LOOKED_AT = 50

# What is asked in each state, the page it is done on, and the button's word.
_ASKED: dict[str, tuple[str, str, str]] = {
    OrderState.CONFIRMED: ("请上传服务合同，逾期订单失效", "orders:contract", "上传合同"),
    OrderState.CONTRACT_RETURNED: ("合同被退回，请补正后重新上传", "orders:contract", "补正合同"),
    OrderState.CONTRACTED: ("服务完成后请在有效期内支付", "orders:order", "查看并支付"),
    OrderState.PAYMENT_CORRECTION: ("支付材料需要补正", "orders:correction", "补正材料"),
}
_CANCELLATION = ("服务机构提出取消订单，请答复", "orders:order", "查看并答复")


def todos(user: User, at: datetime) -> list[Todo]:
    """The enterprise's orders in which it is its turn, with the moment after which each lapses."""
    if user.role != Role.ENTERPRISE:
        return []
    orders = list(orders_visible_to(user).filter(state__in=_ASKED).order_by("pk")[:LOOKED_AT])
    deadlines = deadlines_of(orders)
    return [
        _todo(order, deadlines[order.pk])
        for order in orders
        if whose_turn(order).party == Party.ENTERPRISE and _in_time(deadlines[order.pk], at)
    ]


def _in_time(deadline: datetime | None, at: datetime) -> bool:
    """What the clock has ended is no longer anybody's turn, whether or not a job has run."""
    return deadline is None or at <= deadline


def _todo(order: Order, until: datetime | None) -> Todo:
    asked, page, label = _CANCELLATION if order.cancellation_asked_by else _ASKED[order.state]
    name = order.product_version.name
    return Todo(
        f"订单 {order.number}“{name}”：{asked}。", reverse(page, args=[order.pk]), label, until
    )
