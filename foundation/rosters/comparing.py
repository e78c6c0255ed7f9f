"""What the rows of a roster file would change in what is known now (E8). Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import models
from django.db.models import ManyToOneRel, QuerySet

from foundation.names import normal_name
from foundation.regions.models import City
from foundation.rosters.cells import REMOVE
from foundation.rosters.columns import ROSTERS, Reading, Roster
from foundation.rosters.models import Accreditation, RosterImport, RosterKind, RosterRow
from foundation.rosters.states import RowOutcome

# Lists that belong to one city; the others are one for all cities, and no city's file is all of them.
CITY_KINDS = frozenset({RosterKind.ACCREDITATION, RosterKind.PRIORITY})
# Not of the entry: what to do with it, and where it is, which the import decides.
_NOT_COMPARED = {"removal", "city"}


@dataclass
class RowResult:
    """One row of the dry run. ``before``: the values known now; ``entry``: the entry they are of."""

    row: int
    outcome: RowOutcome
    values: dict[str, Any]
    before: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    entry: models.Model | None = None


class Comparison:
    """Compares a file with what is known, batch after batch; one is made for one pass over one file.

    ``lock`` holds the entries that would change until the transaction ends.
    """

    def __init__(self, *, kind: str, city: City, lock: bool = False) -> None:
        self.roster = ROSTERS[kind]
        self.city = city
        self.lock = lock
        self._seen: dict[tuple[Any, ...], int] = {}
        self._holders: dict[str, str] = {}

    def results(self, readings: Sequence[Reading]) -> list[RowResult]:
        """What each row of a batch would do; a handful of queries, however many rows."""
        whole = [reading for reading in readings if not reading.problems]
        known = self._entries_known(whole)
        in_use = self._in_use(whole, known)
        if self.roster.kind == RosterKind.ACCREDITATION:
            self._learn_holders(whole)
        results = []
        for reading in readings:
            if reading.problems:
                results.append(_bad(reading, reading.problems))
                continue
            identity = self.roster.identity_of(reading.values)
            entry = known.get(identity)
            problems = []
            if identity in self._seen:
                problems.append(f"与第 {self._seen[identity]} 行重复")
            self._seen.setdefault(identity, reading.row)
            if entry is not None and entry.pk in in_use:
                problems.append("已有服务机构凭此项认定登记，不能移除，请改填“有效期止”")
            if self.roster.kind == RosterKind.ACCREDITATION:
                problems += self._problems_of_accreditation(reading.values, entry)
            results.append(
                _bad(reading, problems) if problems else _result(self.roster, reading, entry)
            )
        return results

    def _entries_known(self, readings: Sequence[Reading]) -> dict[tuple[Any, ...], models.Model]:
        """The entries that rows could be about, by identity."""
        first = "number_key" if self.roster.kind == RosterKind.FUNDED else self.roster.identity[0]
        wanted = {reading.values[first] for reading in readings}
        entries = self.roster.model._default_manager.filter(**{f"{first}__in": wanted})
        if self.roster.kind == RosterKind.PRIORITY:
            entries = entries.filter(city=self.city)
        if self.lock:
            # In one order, so that two imports wait for each other instead of blocking.
            entries = entries.order_by("pk").select_for_update()
        return {
            tuple(_as_value(getattr(entry, key)) for key in self.roster.identity): entry
            for entry in entries
        }

    def _in_use(
        self, readings: Sequence[Reading], known: Mapping[tuple[Any, ...], models.Model]
    ) -> set[Any]:
        """The entries a row would take away though something of the portal stands on them."""
        leaving = [
            known[identity].pk
            for reading in readings
            if reading.values.get("removal") == REMOVE
            and (identity := self.roster.identity_of(reading.values)) in known
        ]
        return pointed_to(self.roster.model, leaving)

    def _learn_holders(self, readings: Sequence[Reading]) -> None:
        """Credit code by normalised name, as known now; registration finds an institution by name (P1)."""
        keys = {normal_name(reading.values.get("name", "")) for reading in readings}
        entries = Accreditation.objects.filter(name_key__in=keys - set(self._holders))
        for name_key, code in entries.order_by("-pk").values_list("name_key", "credit_code"):
            self._holders[name_key] = code

    def _problems_of_accreditation(
        self, values: Mapping[str, Any], entry: models.Model | None
    ) -> list[str]:
        """A bureau keeps its own city's part of the directory, and one name belongs to one institution."""
        assert entry is None or isinstance(entry, Accreditation)
        leaves = values.get("removal") == REMOVE
        problems = []
        if not leaves and values["city"] != self.city.name.removesuffix("市"):
            problems.append(f"“所在地市”不是{self.city.name}，请由所在地市导入")
        elif entry is not None and entry.city_id != self.city.pk:
            problems.append("该认定已由其他地市登记，请由原登记地市更新")
        if leaves:
            return problems
        holder = self._holders.setdefault(normal_name(values["name"]), values["credit_code"])
        if holder != values["credit_code"]:
            problems.append(f"“机构全称”与信用代码为 {holder} 的机构相同")
        return problems


def known_values(roster: Roster, entry: models.Model) -> dict[str, Any]:
    """An entry's values as a file would give them."""
    keys = (column.key for column in roster.columns if column.key != "city")
    return {key: _as_value(getattr(entry, key)) for key in keys}


def field_values(roster: Roster, values: Mapping[str, Any], city: City) -> dict[str, Any]:
    """The model's fields from a row's values: days as dates, the import's city."""
    fields: dict[str, Any] = {}
    for key, value in values.items():
        if key == "removal":
            continue
        is_day = isinstance(roster.model._meta.get_field(key), models.DateField)
        fields[key] = date.fromisoformat(value) if is_day and value else value
    if roster.kind in CITY_KINDS:
        fields["city"] = city
    if roster.kind == RosterKind.ACCREDITATION:
        fields["name_key"] = normal_name(fields["name"])
    return fields


def changes_of(row: RosterRow) -> list[tuple[str, str, str]]:
    """What a changing row changes: header, value known before, value of the file."""
    roster = ROSTERS[row.roster_import.kind]
    if row.outcome != RowOutcome.CHANGED:
        return []
    return [
        (roster.header_of(key), roster.spoken(key, row.before.get(key)), roster.spoken(key, value))
        for key, value in row.values.items()
        if key not in _NOT_COMPARED and row.before.get(key) != value
    ]


def not_named(roster_import: RosterImport) -> QuerySet[Any]:
    """The entries a whole file takes off: of its city, for rosters by year of the file's years, named by no row."""
    entries = ROSTERS[roster_import.kind].model._default_manager.filter(city=roster_import.city)
    if roster_import.kind == RosterKind.PRIORITY:
        good = roster_import.rows.exclude(outcome=RowOutcome.BAD).filter(row__isnull=False)
        years = good.order_by().values_list("values__year", flat=True).distinct()
        entries = entries.filter(year__in=list(years))
    named = roster_import.rows.filter(row__isnull=False, entry_id__isnull=False)
    return entries.exclude(pk__in=named.order_by().values("entry_id")).order_by("pk")


def pointed_to(model: type[models.Model], pks: Iterable[Any]) -> set[Any]:
    """Which of the entries a row of some app points to; the floors above are known by their foreign keys only."""
    wanted = list(pks)
    found: set[Any] = set()
    for relation in model._meta.get_fields(include_hidden=True):
        if wanted and isinstance(relation, ManyToOneRel):
            name = relation.field.attname
            rows = relation.related_model._base_manager.filter(**{f"{name}__in": wanted})
            found |= set(rows.order_by().values_list(name, flat=True))
    return found


def _bad(reading: Reading, problems: list[str]) -> RowResult:
    return RowResult(
        reading.row, RowOutcome.BAD, reading.values, problems=problems, notes=reading.notes
    )


def _result(roster: Roster, reading: Reading, entry: models.Model | None) -> RowResult:
    result = RowResult(
        reading.row, RowOutcome.SAME, reading.values, notes=reading.notes, entry=entry
    )
    if entry is not None:
        result.before = known_values(roster, entry)
    if reading.values.get("removal") == REMOVE:
        if entry is not None:
            result.outcome = RowOutcome.REMOVED
    elif entry is None:
        result.outcome = RowOutcome.NEW
    elif any(
        result.before[key] != value
        for key, value in reading.values.items()
        if key not in _NOT_COMPARED
    ):
        result.outcome = RowOutcome.CHANGED
    return result


def _as_value(stored: Any) -> Any:
    return stored.isoformat() if isinstance(stored, date) else stored
