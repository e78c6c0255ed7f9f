"""How enterprises rated products and providers (O5)."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Avg, Count

from orders.models import Rating


class RatingSummary(NamedTuple):
    """Average stars (one decimal, None without a rating) and how many ratings there are."""

    average: Decimal | None
    ratings: int


def rating_of_provider(provider_id: int) -> RatingSummary:
    """How enterprises rated a provider (O5)."""
    ratings = Rating.objects.filter(provider_id=provider_id)
    row = ratings.aggregate(average=Avg("stars"), count=Count("pk"))
    average = None if row["average"] is None else round(Decimal(str(row["average"])), 1)
    return RatingSummary(average, row["count"])
