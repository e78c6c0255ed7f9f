"""What a provider has accepted and can still accept in a programme (P7)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from foundation.moments import local_day
from foundation.money import ZERO
from orders.models import ProviderAllowance
from vouchers.models import Programme
from vouchers.queries import programme_of


@dataclass(frozen=True)
class Room:
    """A provider's use of its acceptance cap in one programme, yuan (P7).

    The cap is the programme's: an amended programme may raise it, never lower it, and the allowance's own row follows
    only with the next order.
    """

    programme: Programme
    reserved: Decimal = ZERO
    accepted: Decimal = ZERO

    @property
    def cap(self) -> Decimal:
        """What the provider may accept in the year at the most."""
        return self.programme.acceptance_cap

    @property
    def held(self) -> Decimal:
        """Accepted and reserved together."""
        return self.reserved + self.accepted

    @property
    def left(self) -> Decimal:
        """What can still be accepted."""
        return self.cap - self.held


def room_in(provider_id: int, programme: Programme) -> Room:
    """The provider's room in a programme; untouched when it has had no order there yet."""
    row = ProviderAllowance.objects.filter(provider_id=provider_id, programme=programme).first()
    return Room(programme, row.reserved, row.accepted) if row else Room(programme)


def rooms_of(provider_id: int, year: int) -> list[Room]:
    """The provider's room in every programme of a year that it has orders in, the most used first."""
    rows = (
        ProviderAllowance.objects.filter(provider_id=provider_id, programme__year=year)
        .select_related("programme__city")
        .order_by("-accepted", "-reserved", "pk")
    )
    return [Room(row.programme, row.reserved, row.accepted) for row in rows]


def rooms_by_provider(
    providers: Iterable[int], programmes: Iterable[Programme]
) -> dict[int, list[Room]]:
    """The rooms of many providers in some programmes, by provider; in one query."""
    known = {programme.pk: programme for programme in programmes}
    rooms: dict[int, list[Room]] = defaultdict(list)
    for row in ProviderAllowance.objects.filter(programme__in=known, provider__in=providers):
        rooms[row.provider_id].append(Room(known[row.programme_id], row.reserved, row.accepted))
    return rooms


def left_to_accept(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """What a provider can still accept in a city's programme of the year of ``at``, yuan; 0 without one (P7)."""
    programme = programme_of(city_id, local_day(at).year)
    return room_in(provider_id, programme).left if programme else ZERO
