"""The deadlines of one's orders, for the calendar of either side (V4, V5, V7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from foundation.accounts.models import Role, User
from foundation.agenda import Deadline
from foundation.moments import spoken
from orders.deadlines import WAITS, end_of
from orders.models import Order, Party
from orders.queries import (
    LIVE_STATES,
    deadline_reason,
    deadlines_of,
    orders_visible_to,
    whose_turn,
)

SIDES: dict[str, Party] = {Role.ENTERPRISE: Party.ENTERPRISE, Role.PROVIDER: Party.PROVIDER}


def agenda(user: User, at: datetime) -> Iterator[Deadline]:
    """Until when each order's next step is due, so that it does not lapse, and what waits on this side.

    A provider sees those of its customers' orders. A correction window whose calendar is not loaded is left out (B7).
    """
    side = SIDES[user.role]
    waits = [wait for wait in WAITS if wait.party == side]
    orders = list(
        orders_visible_to(user)
        .filter(state__in=(*LIVE_STATES, *(wait.state for wait in waits)))
        .order_by("pk")
    )
    lapsing = deadlines_of(orders)
    for order in orders:
        ends_at = lapsing[order.pk]
        if ends_at is not None and ends_at >= at:
            yield _deadline(order, ends_at, f"逾期将因{deadline_reason(order)[0]}而失效。")
        if ends_at is not None and ends_at < at:
            continue
        for wait in waits:
            end = end_of(order.voucher.batch, wait.end)
            if wait.state == order.state and end >= at:
                yield _deadline(order, end, "请尽快办理。", waiting=True)


def _deadline(order: Order, ends_at: datetime, then: str, *, waiting: bool = False) -> Deadline:
    what = whose_turn(order).what
    return Deadline(
        key=f"order-{order.pk}{'-waiting' if waiting else ''}",
        ends_at=ends_at,
        summary=f"订单 {order.number} {'等您办理' if waiting else '截止'}：{what}",
        text=f"{order.product_version.name}，{order.profile.name}与{order.provider.name}。"
        f"目前等待：{what}。期限 {spoken(ends_at)}，{then}",
        link=f"/orders/{order.pk}/",
    )
