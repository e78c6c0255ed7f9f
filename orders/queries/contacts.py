"""Whom one side of an order calls on the other (F5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from foundation.personal_data import mask_mobile
from orders.models import Order, Party
from orders.queries.conditions import profile_to_order_with


@dataclass(frozen=True)
class Contact:
    """The person in charge; ``mobile`` is in clear and never printed by accident."""

    organisation: str
    name: str
    mobile: str = field(repr=False)

    @property
    def masked_mobile(self) -> str:
        """138****5678."""
        return mask_mobile(self.mobile)


def contact_of(order: Order, party: str) -> Contact:
    """The handler of the enterprise's checked file, or the provider's contact, as in use now (E6)."""
    if party == Party.PROVIDER:
        provider = order.provider
        return Contact(provider.name, provider.contact, provider.contact_mobile)
    profile = profile_to_order_with(order.voucher)
    return Contact(order.profile.name, profile.handler, profile.handler_mobile)
