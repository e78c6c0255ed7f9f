"""Whom one side of an order calls on the other (F5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from enterprises.models import Profile
from foundation.personal_data import mask_mobile
from orders.models import Order, Party


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
    """The enterprise's handler, or the provider's contact, as in use now."""
    if party == Party.PROVIDER:
        provider = order.provider
        return Contact(provider.name, provider.contact, provider.contact_mobile)
    profile = (
        Profile.objects.filter(enterprise_id=order.enterprise_id, frozen_at__isnull=False)
        .order_by("-version")
        .first()
    ) or order.profile
    return Contact(order.profile.name, profile.handler, profile.handler_mobile)
