"""Reads of orders, contracts, payments and ratings; each is authorised by what it returns."""

from orders.queries.bounds import (
    enterprise_identity_keys,
    paid_under_same_contract,
    payment_limits,
    provider_identity_keys,
    sanctioned_sides,
    sanctions_between,
)
from orders.queries.conditions import placing_conditions, profile_to_order_with
from orders.queries.ratings import RatingSummary, rating_of_provider
from orders.queries.reach import (
    documents_in_reach,
    documents_of,
    get_order_for,
    orders_visible_to,
    payment_returns_visible_to,
    same_file_elsewhere,
)
from orders.queries.records import (
    PriceDeviation,
    current_contract,
    live_payment_of,
    open_return_of,
    payment_returns_of,
    price_deviation,
    registered_names,
)
from orders.queries.room import Room, left_to_accept, room_in, rooms_of
from orders.queries.turns import (
    LIVE_STATES,
    Turn,
    correction_deadline,
    dates_depending_on_workdays,
    deadline_reason,
    deadlines_of,
    has_lapsed,
    order_deadline,
    payment_endable_after,
    waits_for,
    whose_turn,
)

__all__ = [
    "LIVE_STATES",
    "PriceDeviation",
    "RatingSummary",
    "Room",
    "Turn",
    "correction_deadline",
    "current_contract",
    "dates_depending_on_workdays",
    "deadline_reason",
    "deadlines_of",
    "documents_in_reach",
    "documents_of",
    "enterprise_identity_keys",
    "get_order_for",
    "has_lapsed",
    "left_to_accept",
    "live_payment_of",
    "open_return_of",
    "order_deadline",
    "orders_visible_to",
    "paid_under_same_contract",
    "payment_endable_after",
    "payment_limits",
    "payment_returns_of",
    "payment_returns_visible_to",
    "placing_conditions",
    "price_deviation",
    "profile_to_order_with",
    "provider_identity_keys",
    "rating_of_provider",
    "registered_names",
    "room_in",
    "rooms_of",
    "same_file_elsewhere",
    "sanctioned_sides",
    "sanctions_between",
    "waits_for",
    "whose_turn",
]
