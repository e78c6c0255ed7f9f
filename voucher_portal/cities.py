"""Which city a public page speaks of, where several have a programme."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest

from foundation.accounts.models import Role
from vouchers.models import Programme


@dataclass(frozen=True)
class CityChoice:
    """The programme a page is about, None when there is none; ``others``: every programme to choose from."""

    programme: Programme | None
    others: Sequence[Programme]
    # Whether the reader asked for this city, by the address or by being registered there.
    chosen: bool


def choose_programme(request: HttpRequest, programmes: Sequence[Programme]) -> CityChoice:
    """The programme of ``?city=`` (its pinyin), else of the reader's own city, else the first one.

    An unknown city counts as not asked for.
    """
    asked = request.GET.get("city", "")
    found = next((one for one in programmes if one.city.slug == asked), None)
    if found is None and (own := own_city_id(request)) is not None:
        found = next((one for one in programmes if one.city_id == own), None)
    first = programmes[0] if programmes else None
    return CityChoice(found or first, programmes, found is not None)


def own_city_id(request: HttpRequest) -> int | None:
    """The city of a signed-in enterprise, or of an account that belongs to one; None for everyone else."""
    user = request.user
    if not user.is_authenticated:
        return None
    if getattr(user, "role", "") == Role.ENTERPRISE:
        return getattr(getattr(user, "enterprise", None), "city_id", None)
    return getattr(user, "city_id", None)
