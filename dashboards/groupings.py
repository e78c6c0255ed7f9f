"""By what dashboards group: districts, cities, sizes, industries, batches; each with its words and its filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dashboards.reach import Reach
from enterprises.models import Industry, SizeClass
from foundation.regions.models import District
from vouchers.models import Batch


@dataclass(frozen=True)
class Grouping:
    """``field``: of rolled-up rows; ``filter``: the name of the filter of lists."""

    key: str
    heading: str
    field: str
    filter: str
    words: Callable[[Reach], dict[Any, str]]


def _districts(reach: Reach) -> dict[Any, str]:
    cities = [programme.city_id for programme in reach.programmes]
    return dict(District.objects.filter(city__in=cities).values_list("pk", "name"))


def _cities(reach: Reach) -> dict[Any, str]:
    return {programme.pk: programme.city.name for programme in reach.programmes}


def _batches(reach: Reach) -> dict[Any, str]:
    programmes = [programme.pk for programme in reach.programmes]
    found = Batch.objects.filter(programme__in=programmes).select_related("programme__city")
    several = reach.programme is None
    return {
        batch.pk: f"{batch.programme.city.name if several else ''}第 {batch.number} 批"
        for batch in found.order_by("programme__city__code", "number")
    }


GROUPINGS = {
    one.key: one
    for one in (
        Grouping("district", "区", "district_id", "district", _districts),
        Grouping("city", "地市", "programme_id", "programme", _cities),
        Grouping("size", "规模", "size_class", "size", lambda reach: dict(SizeClass.choices)),
        Grouping("industry", "行业", "industry", "industry", lambda reach: dict(Industry.choices)),
        Grouping("batch", "批次", "batch_id", "batch", _batches),
    )
}


def groupings_of(reach: Reach) -> list[Grouping]:
    """What a reach can be grouped by: the province by city instead of district, a district by no place."""
    place = "city" if reach.programme is None else "district"
    keys = ("size", "industry") if reach.district else (place, "size", "industry")
    return [GROUPINGS[key] for key in keys]


def grouping_for(reach: Reach, key: str) -> Grouping | None:
    """The grouping asked for, the first for none; None for one the reach does not have."""
    found = {one.key: one for one in groupings_of(reach)}
    return found.get(key) if key else next(iter(found.values()))
