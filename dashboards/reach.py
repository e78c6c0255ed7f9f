"""What a dashboard covers for an account: a programme, a district of it, or a year of the whole province (N3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.urls import reverse

from dashboards.models import Snapshot
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach
from foundation.regions.models import District
from vouchers.models import Programme

OFFICIALS = frozenset({Role.BUREAU, Role.DISTRICT, Role.PROVINCE})


@dataclass(frozen=True)
class Reach:
    """The programmes of one year, and one district for a district official.

    ``programme`` is None for the whole province. Figures and lists filter by this and by nothing else.
    """

    year: int
    programmes: tuple[Programme, ...]
    programme: Programme | None
    district: District | None = None

    @property
    def title(self) -> str:
        """How pages name the reach."""
        if self.programme is None:
            return f"{self.year} 年全省中小微企业服务券"
        return f"{self.programme}{f'（{self.district}）' if self.district else ''}"

    @property
    def query(self) -> str:
        """The part of an address that keeps the reach."""
        return f"programme={self.programme.pk}" if self.programme else f"year={self.year}"

    def within(self, field: str = "programme") -> dict[str, Any]:
        """The filter of rolled-up rows; ``field``: the path to the programme."""
        return {f"{field}__in": [programme.pk for programme in self.programmes]} | (
            {"district": self.district} if self.district else {}
        )

    def taken_at(self) -> datetime | None:
        """Since when the figures stand: the oldest of the programmes'; None while one was never rolled up."""
        moments = dict(
            Snapshot.objects.filter(programme__in=[one.pk for one in self.programmes]).values_list(
                "programme_id", "taken_at"
            )
        )
        return min(moments.values()) if len(moments) == len(self.programmes) else None


def programmes_for(user: User) -> QuerySet[Programme]:
    """The programmes whose dashboard an account may see: its own city's, the province all."""
    programmes = Programme.objects.select_related("city").order_by("-year", "city__code")
    if user.role == Role.PROVINCE:
        return programmes
    if user.role in {Role.BUREAU, Role.DISTRICT} and user.city_id:
        return programmes.filter(city_id=user.city_id)
    return programmes.none()


def reach_of(
    by: Actor, *, programme_pk: int | None = None, year: int | None = None
) -> Reach | None:
    """The reach of an account: the programme or year asked for, else the newest; None when there is none yet.

    Raises OutOfReach beyond the account's own city or district.
    """
    if by.user is None or by.role not in OFFICIALS:
        raise OutOfReach("dashboards are for officials")
    if by.role == Role.DISTRICT and by.user.district is None:
        raise OutOfReach("a district account without a district")
    programmes = list(programmes_for(by.user))
    if programme_pk is not None:
        found = next((one for one in programmes if one.pk == programme_pk), None)
        if found is None:
            raise OutOfReach(f"programme {programme_pk}")
        return _of_one(by, found)
    if not programmes:
        return None
    if by.role != Role.PROVINCE:
        return _of_one(by, programmes[0])
    asked = year or programmes[0].year
    chosen = tuple(one for one in programmes if one.year == asked)
    if not chosen:
        raise OutOfReach(f"no programme in {asked}")
    return Reach(asked, chosen, None)


def _of_one(by: Actor, programme: Programme) -> Reach:
    district = by.user.district if by.user and by.role == Role.DISTRICT else None
    return Reach(programme.year, (programme,), programme, district)


def behind(name: str, reach: Reach, **filters: Any) -> str:
    """The address of the list behind a number; a city's own programme takes the place of the year."""
    given = dict(filters)
    programme = given.pop("programme", None)
    query = f"programme={programme}" if programme else reach.query
    more = urlencode({key: value for key, value in given.items() if value not in (None, "")})
    return f"{reverse(f'dashboards:{name}')}?{query}{f'&{more}' if more else ''}"
