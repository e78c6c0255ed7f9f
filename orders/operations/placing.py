"""Placing an order, and the provider's answer to it (O1, O2)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.errors import require_each
from foundation.moments import spoken
from foundation.money import spoken_money
from orders import permissions
from orders.models import Order, Party
from orders.operations import holding
from orders.operations.checking import require_alive
from orders.operations.locking import lock_order
from orders.operations.moving import move_state, require_move
from orders.operations.telling import tell
from orders.policies import ordering
from orders.queries import (
    placing_conditions,
    profile_to_order_with,
    require_no_sanction,
    room_in,
)
from providers.models import PriceKind, PriceTier, ProductVersion
from providers.queries import can_accept
from vouchers.models import Voucher
from vouchers.operations.ledger import lock_voucher
from vouchers.queries import usable_balance


def place_order(
    *,
    by: Actor,
    at: datetime,
    voucher: Voucher,
    version: ProductVersion,
    price_tier: PriceTier | None,
    expected_amount: Decimal,
) -> Order:
    """Order a product version on sale with one voucher; reserves ``expected_amount`` whole yuan of the voucher and
    of what the provider can still accept (O1, P7).

    Raises UnableToOrder (O1, P1, P3, P4, P6, V4), Affiliated (O3), AllowanceExceeded (P7), UnderSanction (S1);
    OutOfReach for anyone but the voucher's enterprise.
    """
    with transaction.atomic():
        locked = lock_voucher(voucher.pk)
        permissions.require_holder(locked, by)
        profile = profile_to_order_with(locked)
        provider = version.product.provider
        require_each(
            lambda: ordering.require_all(
                placing_conditions(locked, version, at=at, profile=profile)
            ),
            lambda: ordering.require_price_tier(
                is_range=version.price_kind == PriceKind.RANGE,
                chosen=price_tier is not None,
                belongs=price_tier is not None and price_tier.version_id == version.pk,
            ),
            lambda: ordering.require_expected_amount(
                expected_amount,
                free=usable_balance(locked, at),
                left=room_in(provider.pk, locked.batch.programme).left,
            ),
        )
        order = Order.objects.create(
            voucher=locked,
            enterprise_id=locked.enterprise_id,
            provider=provider,
            profile=profile,
            product_version=version,
            price_tier=price_tier,
            expected_amount=expected_amount,
            reserved=expected_amount,
            placed_at=at,
        )
        holding.reserve(order, expected_amount, at=at, field="expected_amount")
        record(
            at=at,
            by=by,
            action="place_order",
            subject=order,
            to_state=order.state,
            details={"voucher": locked.pk, "version": version.pk, "amount": str(expected_amount)},
        )
        tell(
            order,
            "order_placed",
            Party.PROVIDER,
            at=at,
            amount=spoken_money(expected_amount),
            deadline=spoken(locked.batch.usage_ends_at),
        )
        return order


def confirm_order(*, by: Actor, at: datetime, order: Order) -> Order:
    """The provider takes the order (O2). Raises UnableToOrder when it may not accept now (P1), UnderSanction (S1)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "confirm")
        require_alive(locked, at=at)
        require_no_sanction(locked, at=at)
        city_id = locked.voucher.batch.programme.city_id
        ordering.require_can_serve(reasons=can_accept(locked.provider, city_id, at), serves=True)
        move_state(locked, "confirm", by=by, at=at, action="confirm_order", confirmed_at=at)
        deadline = spoken(locked.voucher.batch.usage_ends_at)
        tell(locked, "order_confirmed", Party.ENTERPRISE, at=at, deadline=deadline)
        return locked


def decline_order(*, by: Actor, at: datetime, order: Order, reason: str) -> Order:
    """The provider does not take the order; its reserve is released (O2)."""
    with transaction.atomic():
        locked = lock_order(order.pk)
        permissions.require_step(locked, by, "decline")
        require_alive(locked, at=at)
        ordering.require_reason(reason, what="不接单的原因")
        end_order(locked, "decline", by=by, at=at, action="decline_order", reason=reason)
        deadline = spoken(locked.voucher.batch.usage_ends_at)
        tell(locked, "order_declined", Party.ENTERPRISE, at=at, reason=reason, deadline=deadline)
        return locked


def end_order(
    order: Order, verb: str, *, by: Actor, at: datetime, action: str, reason: str
) -> None:
    """End a locked order that has not been paid: release its reserve, then reclaim it if the window is over (O6)."""
    require_move(order, verb)
    released = holding.release(order, at=at)
    move_state(
        order,
        verb,
        by=by,
        at=at,
        action=action,
        reason=reason,
        details={"released": str(released)},
        reserved=order.reserved,
        ended_at=at,
        end_reason=reason[:300],
    )
