"""Every event that reaches a user, with its Chinese words (N2, V7). One file for each side of the scheme."""

from foundation.notices.events.accounts import ACCOUNT_EVENTS
from foundation.notices.events.desk import DESK_EVENTS
from foundation.notices.events.enterprises import ENTERPRISE_EVENTS
from foundation.notices.events.event import Event, Kind
from foundation.notices.events.orders import ORDER_EVENTS
from foundation.notices.events.providers import PROVIDER_EVENTS
from foundation.notices.events.redemption import REDEMPTION_EVENTS
from foundation.notices.events.sanctions import SANCTION_EVENTS
from foundation.notices.events.vouchers import VOUCHER_EVENTS

__all__ = ["EVENTS", "MAILED_TO_ASKED", "TYPED", "Event", "Kind"]

EVENTS: dict[str, Event] = {
    **ACCOUNT_EVENTS,
    **ENTERPRISE_EVENTS,
    **PROVIDER_EVENTS,
    **VOUCHER_EVENTS,
    **ORDER_EVENTS,
    **REDEMPTION_EVENTS,
    **SANCTION_EVENTS,
    **DESK_EVENTS,
}

# Params that people typed. They may hold anything, a telephone number too, so they are shown where one has to sign in
# and never mailed (F5).
TYPED = frozenset({"reason"})

# The one event that is mailed to the address still to be confirmed.
MAILED_TO_ASKED = "address_asked"
