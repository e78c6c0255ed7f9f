"""How a provider stands with its orders, for its home page: caps, amounts, rating, response times (P7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Avg, Count, DurationField, ExpressionWrapper, F, Q

from foundation.moments import local_day, spoken_span
from foundation.money import spoken_money, total
from orders.models import Contract, Order
from orders.queries import RatingSummary, Room, rating_of_provider, rooms_of
from orders.states import OrderState
from providers.models import Provider
from vouchers.queries import programme_of

# How many of the cities it serves a home page shows, those with orders first.
CITIES_SHOWN = 6
# States of orders that are on their way.
RUNNING = (
    OrderState.PLACED,
    OrderState.CONFIRMED,
    OrderState.CONTRACT_SUBMITTED,
    OrderState.CONTRACT_RETURNED,
    OrderState.CONTRACTED,
    OrderState.PAID,
    OrderState.PAYMENT_CORRECTION,
)


@dataclass(frozen=True)
class ProviderFigures:
    """``expected``: voucher amounts that orders so far accepted foresaw; ``actual``: what was paid on them, yuan.

    Response times are averages from the customer's act to the provider's answer, None without one.
    """

    caps: list[Room]
    running: int
    accepted: int
    expected: Decimal
    actual: Decimal
    rating: RatingSummary
    to_confirm: timedelta | None
    to_check_contract: timedelta | None

    @property
    def expected_note(self) -> str:
        """What the accepted orders had foreseen, beside what came."""
        if not self.accepted:
            return "还没有收券的订单"
        return f"{self.accepted} 个订单，下单时预计 {spoken_money(self.expected)}"

    @property
    def rating_text(self) -> str:
        """The average rating in words."""
        return "—" if self.rating.average is None else f"{self.rating.average} / 5"

    @property
    def rating_note(self) -> str:
        """On how many ratings the average rests."""
        return f"{self.rating.ratings} 条评价" if self.rating.ratings else "还没有评价"

    @property
    def confirm_text(self) -> str:
        """How long customers wait for an answer to an order."""
        return "—" if self.to_confirm is None else spoken_span(self.to_confirm)

    @property
    def contract_note(self) -> str:
        """How long customers wait for an answer to a contract."""
        if self.to_check_contract is None:
            return "还没有确认过合同"
        return f"确认合同平均用时 {spoken_span(self.to_check_contract)}"


def provider_figures(provider: Provider, at: datetime) -> ProviderFigures:
    """The figures of one provider at ``at``, in a constant number of queries."""
    orders = Order.objects.filter(provider=provider)
    accepted = Q(accepted_at__isnull=False)
    sums = orders.aggregate(
        running=Count("pk", filter=Q(state__in=RUNNING)),
        accepted=Count("pk", filter=accepted),
        expected=total("expected_amount", filter=accepted),
        paid=total("paid", filter=accepted),
        settled=total("settled", filter=accepted),
        disallowed=total("disallowed", filter=accepted),
        to_confirm=Avg(
            ExpressionWrapper(F("confirmed_at") - F("placed_at"), output_field=DurationField())
        ),
    )
    checked = Contract.objects.filter(order__provider=provider).aggregate(
        wait=Avg(
            ExpressionWrapper(F("confirmed_at") - F("uploaded_at"), output_field=DurationField())
        )
    )
    return ProviderFigures(
        caps=_caps(provider, at),
        running=sums["running"],
        accepted=sums["accepted"],
        expected=sums["expected"],
        actual=sums["paid"] + sums["settled"] + sums["disallowed"],
        rating=rating_of_provider(provider.pk),
        to_confirm=sums["to_confirm"],
        to_check_contract=checked["wait"],
    )


def _caps(provider: Provider, at: datetime) -> list[Room]:
    """This year's programmes it has orders in, and that of its own city."""
    year = local_day(at).year
    caps = rooms_of(provider.pk, year)[:CITIES_SHOWN]
    if all(cap.programme.city_id != provider.city_id for cap in caps):
        own = programme_of(provider.city_id, year)
        if own is not None:
            caps.insert(0, Room(own))
    return caps
