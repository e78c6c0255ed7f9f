"""What the rows of a roster file would change in what is known now (E8). Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

from django.db import models

from foundation.names import normal_name
from foundation.regions.models import City
from foundation.rosters.cells import REMOVE
from foundation.rosters.columns import ROSTERS, Reading, Roster, spoken_value
from foundation.rosters.models import Accreditation, RosterKind
from foundation.rosters.states import RowOutcome


@dataclass
class RowResult:
    """One row of the dry run. ``changes``: header, value known now, value of the file."""

    row: int
    outcome: RowOutcome
    values: dict[str, Any]
    changes: list[list[str]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    # The entry known now; not kept with the dry run.
    entry: models.Model | None = None

    def as_json(self) -> dict[str, Any]:
        """How the row is kept in ``RosterImport.rows``."""
        return {
            "row": self.row,
            "outcome": str(self.outcome),
            "values": self.values,
            "changes": self.changes,
            "problems": self.problems,
            "notes": self.notes,
        }


def compare(
    *, kind: str, city: City, readings: Iterable[Reading], lock: bool = False
) -> list[RowResult]:
    """What each row would do to what is known now; ``lock`` holds the entries that would change."""
    roster = ROSTERS[kind]
    readings = list(readings)
    whole = [reading for reading in readings if not reading.problems]
    known = _entries_known(roster, city, whole, lock=lock)
    holders = _holders_of_names(whole) if kind == RosterKind.ACCREDITATION else {}
    seen: dict[tuple[Any, ...], int] = {}
    results = []
    for reading in readings:
        if reading.problems:
            results.append(_bad(reading, reading.problems))
            continue
        identity = roster.identity_of(reading.values)
        entry = known.get(identity)
        problems = []
        if identity in seen:
            problems.append(f"与第 {seen[identity]} 行重复")
        seen.setdefault(identity, reading.row)
        if kind == RosterKind.ACCREDITATION:
            problems += _problems_of_accreditation(
                reading.values, city, cast("Accreditation | None", entry), holders
            )
        results.append(_bad(reading, problems) if problems else _result(roster, reading, entry))
    return results


def field_values(roster: Roster, values: Mapping[str, Any], city: City) -> dict[str, Any]:
    """The model's fields from a row's values: days as dates, the import's city."""
    fields: dict[str, Any] = {}
    for key, value in values.items():
        if key == "removal":
            continue
        is_day = isinstance(roster.model._meta.get_field(key), models.DateField)
        fields[key] = date.fromisoformat(value) if is_day and value else value
    if roster.kind in {RosterKind.ACCREDITATION, RosterKind.PRIORITY}:
        fields["city"] = city
    if roster.kind == RosterKind.ACCREDITATION:
        fields["name_key"] = normal_name(fields["name"])
    return fields


def _bad(reading: Reading, problems: list[str]) -> RowResult:
    return RowResult(
        reading.row, RowOutcome.BAD, reading.values, problems=problems, notes=reading.notes
    )


def _result(roster: Roster, reading: Reading, entry: models.Model | None) -> RowResult:
    result = RowResult(
        reading.row, RowOutcome.SAME, reading.values, notes=reading.notes, entry=entry
    )
    if reading.values.get("removal") == REMOVE:
        if entry is not None:
            result.outcome = RowOutcome.REMOVED
    elif entry is None:
        result.outcome = RowOutcome.NEW
    else:
        for key, value in reading.values.items():
            if key in {"removal", "city"}:
                continue
            now = _as_value(getattr(entry, key))
            if now != value:
                result.changes.append(
                    [roster.header_of(key), spoken_value(now), spoken_value(value)]
                )
        result.outcome = RowOutcome.CHANGED if result.changes else RowOutcome.SAME
    return result


def _as_value(stored: Any) -> Any:
    return stored.isoformat() if isinstance(stored, date) else stored


def _entries_known(
    roster: Roster, city: City, readings: list[Reading], *, lock: bool
) -> dict[tuple[Any, ...], models.Model]:
    """The entries that rows could be about, by identity."""
    first = roster.identity[0] if roster.kind != RosterKind.FUNDED else "number_key"
    wanted = {reading.values[first] for reading in readings}
    entries = roster.model._default_manager.filter(**{f"{first}__in": wanted})
    if roster.kind == RosterKind.PRIORITY:
        entries = entries.filter(city=city)
    if lock:
        # In one order, so that two imports wait for each other instead of blocking.
        entries = entries.order_by("pk").select_for_update()
    return {
        tuple(_as_value(getattr(entry, key)) for key in roster.identity): entry for entry in entries
    }


def _holders_of_names(readings: list[Reading]) -> dict[str, str]:
    """Credit code by normalised name, as known now; registration finds an institution by name (P1)."""
    keys = {normal_name(reading.values["name"]) for reading in readings}
    entries = Accreditation.objects.filter(name_key__in=keys).order_by("pk")
    return dict(entries.values_list("name_key", "credit_code"))


def _problems_of_accreditation(
    values: Mapping[str, Any], city: City, entry: Accreditation | None, holders: dict[str, str]
) -> list[str]:
    """A bureau keeps its own city's part of the directory, and one name belongs to one institution."""
    problems = []
    if values["city"] != city.name.removesuffix("市"):
        problems.append(f"“所在地市”不是{city.name}，请由所在地市导入")
    elif entry is not None and entry.city_id != city.pk:
        problems.append("该认定已由其他地市登记，请由原登记地市更新")
    holder = holders.setdefault(normal_name(values["name"]), values["credit_code"])
    if holder != values["credit_code"]:
        problems.append(f"“机构全称”与信用代码为 {holder} 的机构相同")
    return problems
