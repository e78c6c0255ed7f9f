"""Messages about an order, written in the transaction of the step they tell of (N2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.models import Role, User
from foundation.notices.operations import post_message, post_messages
from orders.models import Order, Party


def account_of(order: Order, party: str) -> int:
    """The account of one side of the order."""
    return order.enterprise.account_id if party == Party.ENTERPRISE else order.provider.account_id


def other_side(party: str) -> Party:
    """The opposite side."""
    return Party.PROVIDER if party == Party.ENTERPRISE else Party.ENTERPRISE


def tell(
    order: Order, event: str, *parties: str, at: datetime, key: str | None = None, **params: Any
) -> None:
    """Tell one or both sides; the words get the order's number, product and both names besides ``params``."""
    for party in parties:
        post_message(
            at=at,
            to=account_of(order, party),
            event=event,
            params={**words_of(order), **params},
            link=f"/orders/{order.pk}/",
            key=key,
        )


def tell_contractors(order: Order, event: str, *, at: datetime, link: str, **params: Any) -> None:
    """Tell the contractor's accounts of the enterprise's city."""
    accounts = User.objects.filter(
        role=Role.CONTRACTOR, city_id=order.enterprise.city_id, is_active=True
    ).values_list("pk", flat=True)
    post_messages(at=at, to=accounts, event=event, params={**words_of(order), **params}, link=link)


def words_of(order: Order) -> dict[str, str]:
    """What every message about the order may say."""
    return {
        "order": order.number,
        "product": order.product_version.name,
        "enterprise": order.profile.name,
        "provider": order.provider.name,
    }
