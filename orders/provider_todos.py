"""What waits on a provider in its orders (O2, O4, O7); see foundation/todos.py."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.todos import Todo
from orders.models import Order, Party
from orders.queries import deadlines_of
from orders.states import OrderState

# State, what waits of several orders and of one, and the button's word.
_WAITING = (
    (OrderState.PAID, "笔支付待核对收券", "的支付待核对收券", "核对并收券"),
    (OrderState.CONTRACT_SUBMITTED, "份合同待确认", "的合同待确认", "核对合同"),
    (OrderState.PLACED, "个订单待确认", "待确认", "确认订单"),
)
# How many waiting orders are looked at for the earliest deadline; the batches that end first come first.
LOOKED_AT = 100


def todos(user: User, at: datetime) -> list[Todo]:
    """One thing to do for each kind of step that waits on the provider, with the earliest deadline among them."""
    if user.role != Role.PROVIDER:
        return []
    mine = Order.objects.filter(provider__account=user)
    cancelling = mine.filter(state=OrderState.CONTRACTED, cancellation_asked_by=Party.ENTERPRISE)
    steps = [
        (mine.filter(state=state), what, of_one, label) for state, what, of_one, label in _WAITING
    ]
    steps.append((cancelling, "个订单的企业提出取消，待答复", "提出取消，待答复", "答复"))
    found = [_todo(*step, at=at) for step in steps]
    return [todo for todo in found if todo is not None]


def _todo(
    waiting: QuerySet[Order], what: str, of_one: str, label: str, *, at: datetime
) -> Todo | None:
    """The step over all orders of ``waiting`` that are still in time (V4, V5)."""
    rows = list(
        waiting.select_related("voucher__batch__programme", "enterprise").order_by(
            "voucher__batch__closes_at", "pk"
        )[:LOOKED_AT]
    )
    ends = deadlines_of(rows)
    due = [(order, ends[order.pk]) for order in rows]
    due = [(order, until) for order, until in due if until is None or at <= until]
    if not due:
        return None
    until = min((moment for _, moment in due if moment is not None), default=None)
    if len(due) == 1:
        order = due[0][0]
        where = reverse("orders:order", args=[order.pk])
        return Todo(
            f"{order.enterprise.name}的订单 {order.number} {of_one}。", where, label, until=until
        )
    count = f"{len(due)}" if len(rows) < LOOKED_AT else f"{LOOKED_AT} 以上"
    return Todo(f"有 {count} {what}。", reverse("orders:list"), label, until=until)
