"""By when an order's next step is due, counted from the figures of its batch (V4, V5). One table for the clock, the
reminders and the calendar."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple, TypeAlias

from orders.models import Party
from orders.states import OrderState
from vouchers.models import Batch

S = OrderState

USAGE_WINDOW = "usage_ends_at"
VALIDITY = "expires_at"
End: TypeAlias = str

# Order states in which an order lapses by its batch alone, with what ends it. A sent-back contract has a correction
# window of its own (``orders.queries.correction_deadline``).
LAPSES_WITH: dict[str, End] = {
    S.PLACED: USAGE_WINDOW,
    S.CONFIRMED: USAGE_WINDOW,
    S.CONTRACT_SUBMITTED: VALIDITY,
    S.CONTRACTED: VALIDITY,
}


class Wait(NamedTuple):
    """Who keeps an order waiting, and the end of the batch's that this concerns."""

    state: str
    party: Party
    end: End


WAITS = (
    # After the window a contract that is sent back has only the correction window left.
    Wait(S.CONTRACT_SUBMITTED, Party.PROVIDER, USAGE_WINDOW),
    Wait(S.PAID, Party.PROVIDER, VALIDITY),
    Wait(S.PAYMENT_CORRECTION, Party.ENTERPRISE, VALIDITY),
)


def end_of(batch: Batch, end: End) -> datetime:
    """The moment at which a batch's usage window or validity ends."""
    return batch.usage_ends_at if end == USAGE_WINDOW else batch.expires_at
