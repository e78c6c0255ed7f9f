"""What bounds an order and its payment: balances, caps, contracts, sanctions, persons."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from enterprises.models import Enterprise, Profile
from foundation.money import ZERO
from foundation.names import normal_number
from foundation.personal_data import keys_of
from foundation.rosters.queries import are_related, sanction_in_force
from orders.models import Contract, Order
from orders.policies.payments import Limits
from orders.queries.room import room_in
from providers.models import Provider
from vouchers.queries import usable_balance


def payment_limits(
    order: Order,
    contract: Contract,
    *,
    at: datetime,
    left: Decimal | None = None,
    paid: Decimal = ZERO,
) -> Limits:
    """What bounds the voucher amount of the order's payment (O5, P7).

    ``left``: what the provider can still accept beyond the order's reserve, read under its lock by the one who pays;
    without it, read here for showing. ``paid``: what the payment under correction has already moved, yuan.
    """
    programme = order.voucher.batch.programme
    if left is None:
        left = room_in(order.provider_id, programme).left
    return Limits(
        ratio=programme.subsidy_ratio,
        supported=contract.supported,
        used_by_contract=paid_under_same_contract(order, contract),
        reserved=order.reserved + paid,
        free=usable_balance(order.voucher, at),
        left=left,
    )


def paid_under_same_contract(order: Order, contract: Contract) -> Decimal:
    """What the enterprise's other orders with this provider have paid under the contract of the same number, yuan.

    The half of the scheme is counted per contract, however many vouchers pay for it (O5).
    """
    return sum(
        (other.order.paid + other.order.settled for other in same_contract(order, contract)), ZERO
    )


def years_supported(order: Order, contract: Contract) -> list[int]:
    """The earlier years whose vouchers paid, between the same two parties, for a contract of this number (O9)."""
    years = {
        other.order.voucher.batch.programme.year
        for other in same_contract(order, contract)
        if other.order.paid + other.order.settled > ZERO
    }
    return sorted(year for year in years if year < order.voucher.batch.programme.year)


def same_contract(order: Order, contract: Contract) -> list[Contract]:
    """The confirmed contracts of the same number in other orders of the enterprise with this provider."""
    key = normal_number(contract.number)
    others = (
        Contract.objects.filter(
            order__enterprise_id=order.enterprise_id,
            order__provider_id=order.provider_id,
            confirmed_at__isnull=False,
        )
        .exclude(order=order)
        .select_related("order__voucher__batch__programme")
    )
    return [other for other in others if normal_number(other.number) == key]


def sanctioned_sides(order: Order, at: datetime) -> tuple[bool, bool]:
    """Whether enterprise and provider are under a sanction in the programme's city (S1)."""
    return sanctions_between(
        order.enterprise.credit_code,
        order.provider.credit_code,
        order.voucher.batch.programme.city_id,
        at,
    )


def sanctions_between(
    enterprise_code: str, provider_code: str, city_id: int, at: datetime
) -> tuple[bool, bool]:
    """Whether each of two credit codes is under a sanction in a city (S1)."""
    return (
        bool(sanction_in_force(enterprise_code, city_id, at)),
        bool(sanction_in_force(provider_code, city_id, at)),
    )


def enterprise_identity_keys(profile: Profile) -> set[str]:
    """Look-up keys of the ID numbers behind the enterprise, as ordered with ``profile`` and as in use now (O3)."""
    keys = keys_of(profile, "legal_representative_id", "handler_id")
    in_use = (
        Profile.objects.filter(enterprise_id=profile.enterprise_id, frozen_at__isnull=False)
        .order_by("-version")
        .first()
    )
    if in_use is not None:
        keys |= keys_of(in_use, "legal_representative_id", "handler_id")
    return keys


def provider_identity_keys(provider: Provider) -> set[str]:
    """Look-up keys of the ID numbers behind the provider (O3)."""
    return keys_of(provider, "legal_representative_id", "contact_id")


def affiliation(enterprise: Enterprise, profile: Profile, provider: Provider) -> dict[str, Any]:
    """What ``require_unaffiliated`` asks about the two sides of an order: code, persons, relations on record (O3)."""
    codes = enterprise.credit_code, provider.credit_code
    return {
        "same_code": codes[0] == codes[1],
        "enterprise_keys": enterprise_identity_keys(profile),
        "provider_keys": provider_identity_keys(provider),
        "known_relation": are_related(*codes),
    }
