"""Reading cities and districts."""

from __future__ import annotations

from django.db.models import QuerySet

from foundation.regions.models import City


def all_cities() -> QuerySet[City]:
    """Every participating city, in the order of their codes (G1)."""
    return City.objects.order_by("code")
