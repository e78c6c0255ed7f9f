"""Reading cities and districts."""

from __future__ import annotations

from django.db.models import QuerySet

from foundation.regions.models import City, District


def all_cities() -> QuerySet[City]:
    """Every participating city, in the order of their codes (G1)."""
    return City.objects.order_by("code")


def districts_of(city: City) -> QuerySet[District]:
    """The districts and counties of ``city``, in the order of their codes."""
    return District.objects.filter(city=city).order_by("code")
