"""What redemption does to an order: into a claim and out of it, settled or disallowed (R1, R5, R7).

The caller has locked the claim and then the voucher (``lock_voucher``), in its own transaction; it also decides who
may do it. Each function takes that voucher and the order's primary key, and returns the order.
"""

from __future__ import annotations

from datetime import datetime

from foundation.accounts.actors import Actor
from foundation.money import spoken_money
from orders.models import Order, Party
from orders.operations import holding
from orders.operations.locking import order_under
from orders.operations.moving import move_state, require_move
from orders.operations.telling import tell
from orders.policies import ordering
from orders.queries import open_return_of
from vouchers.models import Voucher


def take_into_claim(voucher: Voucher, order_pk: int, *, by: Actor, at: datetime) -> Order:
    """An accepted order goes into a claim (R1). Raises UnableToClaim while a return of its payment is to be decided;
    after expiry nobody can decide it any more, so it no longer stands in the way (O8)."""
    order = order_under(voucher, order_pk)
    require_move(order, "claim")
    undecided = open_return_of(order) is not None and at <= voucher.batch.expires_at
    ordering.require_no_open_return(open_return=undecided)
    move_state(order, "claim", by=by, at=at, action="take_into_claim")
    return order


def put_back_from_claim(voucher: Voucher, order_pk: int, *, by: Actor, at: datetime) -> Order:
    """A claim given up before review frees its orders for another claim (R1)."""
    order = order_under(voucher, order_pk)
    move_state(order, "unclaim", by=by, at=at, action="put_back_from_claim")
    return order


def settle_order(voucher: Voucher, order_pk: int, *, by: Actor, at: datetime) -> Order:
    """The order's paid amount has been paid out to the provider (R5)."""
    order = order_under(voucher, order_pk)
    require_move(order, "settle")
    amount = holding.settle(order, at=at)
    move_state(
        order,
        "settle",
        by=by,
        at=at,
        action="settle_order",
        details={"amount": str(amount)},
        paid=order.paid,
        settled=order.settled,
        ended_at=at,
    )
    # The provider is told of the claim's payment as a whole, not of each of its orders.
    tell(order, "order_settled", Party.ENTERPRISE, at=at, amount=spoken_money(amount))
    return order


def disallow_order(
    voucher: Voucher, order_pk: int, *, by: Actor, at: datetime, reason: str
) -> Order:
    """The order's paid amount is not paid out and goes back to the programme (R7)."""
    order = order_under(voucher, order_pk)
    require_move(order, "disallow")
    ordering.require_reason(reason, what="不予兑现的原因")
    amount = holding.disallow(order, at=at)
    move_state(
        order,
        "disallow",
        by=by,
        at=at,
        action="disallow_order",
        reason=reason,
        details={"amount": str(amount)},
        paid=order.paid,
        disallowed=order.disallowed,
        ended_at=at,
        end_reason=reason[:300],
    )
    tell(
        order,
        "order_disallowed",
        Party.ENTERPRISE,
        Party.PROVIDER,
        at=at,
        amount=spoken_money(amount),
        reason=reason,
    )
    return order
