"""Loading cities and districts; they are data, and every city comes in the same way (G1)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_role
from foundation.audit.operations import record
from foundation.regions.models import City, District
from foundation.regions.policies import UnableToLoadRegions, check_rows
from foundation.regions.tables import Row


class Loaded(NamedTuple):
    """How many rows a load made new and how many it renamed; the rest were there already."""

    created: int
    changed: int


def load_regions(*, by: Actor, at: datetime, rows: Sequence[Row]) -> Loaded:
    """Bring in cities and districts by code: new ones are added, others renamed, none removed (G1).

    Only the command line may (``by`` a job). Raises UnableToLoadRegions with every bad row; then nothing is done.
    """
    require_role(by, "job")
    check_rows(rows)
    try:
        with transaction.atomic():
            return _load(by, at, rows)
    except IntegrityError:
        raise UnableToLoadRegions(
            ["与已有的地市或区县名称冲突，请核对名称和拼音是否已被其他代码使用"]
        ) from None


def _load(by: Actor, at: datetime, rows: Sequence[Row]) -> Loaded:
    created = changed = 0
    cities: dict[str, City] = {}
    for row in rows:
        code = row["city_code"]
        if code not in cities:
            wanted = {"name": row["city_name"], "slug": row["city_slug"]}
            city, is_new = City.objects.select_for_update().get_or_create(
                code=code, defaults=wanted
            )
            is_other = not is_new and _rename(city, wanted)
            created, changed = created + is_new, changed + is_other
            if is_new or is_other:
                record(at=at, by=by, action="load_regions", subject=city, details=wanted)
            cities[code] = city
        wanted = {"name": row["district_name"]}
        district, is_new = District.objects.select_for_update().get_or_create(
            code=row["district_code"], defaults={"city": cities[code], **wanted}
        )
        is_other = not is_new and _rename(district, wanted)
        created, changed = created + is_new, changed + is_other
        if is_new or is_other:
            record(at=at, by=by, action="load_regions", subject=district, details=wanted)
    return Loaded(created, changed)


def _rename(region: City | District, wanted: dict[str, str]) -> bool:
    """Give a region the wanted names; whether anything was different."""
    if all(getattr(region, field) == value for field, value in wanted.items()):
        return False
    for field, value in wanted.items():
        setattr(region, field, value)
    region.save(update_fields=list(wanted))
    return True
