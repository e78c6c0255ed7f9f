"""Roster files: dry run, then all or nothing (E8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_staff_of
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.documents.operations import keep_bytes
from foundation.regions.models import City
from foundation.rosters.columns import ROSTERS, Reading, understand
from foundation.rosters.comparing import RowResult, compare, field_values
from foundation.rosters.models import RosterImport
from foundation.rosters.policies import UnableToImport, check_skipped, check_unchanged
from foundation.rosters.sheets import MAX_BYTES, media_type_of, read_rows
from foundation.rosters.states import ROSTER_IMPORT, RowOutcome

_BATCH = 500


def check_roster_file(
    *, by: Actor, at: datetime, kind: str, city: City, file: UploadedFile
) -> RosterImport:
    """Dry run of a roster file by the city's bureau: nothing is changed but the record of it (E8).

    ``kind`` is a RosterKind. Bad rows are in ``rows`` of the result with what is wrong. Raises UnableToReadRoster for
    a file that cannot be read or has a wrong header, OutOfReach for anybody else.
    """
    require_staff_of(by, city.pk, Role.BUREAU)
    if kind not in ROSTERS:
        raise UnableToImport("请选择名单类别。", field="kind")
    name = file.name or ""
    content = file.read(MAX_BYTES + 1)
    media_type = media_type_of(name, content)
    results = compare(
        kind=kind, city=city, readings=understand(kind, read_rows(media_type, content))
    )
    with transaction.atomic():
        roster_import = RosterImport.objects.create(
            city=city,
            kind=kind,
            document=keep_bytes(content=content, name=name, media_type=media_type, by=by, at=at),
            rows=[result.as_json() for result in results],
            checked_at=at,
            checked_by=by.user,
        )
        record(
            at=at,
            by=by,
            action="check_roster_file",
            subject=roster_import,
            to_state=roster_import.state,
            details={"kind": kind, **_counts(results)},
        )
    return roster_import


def apply_roster_import(
    *, by: Actor, at: datetime, roster_import: RosterImport, skipped_rows: Iterable[int] = ()
) -> RosterImport:
    """Write the rows of a dry run that are not in ``skipped_rows``, all or none (E8).

    Refused with UnableToImport while a bad row is not skipped, and when a row would now do something else than the dry
    run showed, unless it is already as the file says.
    """
    skipped = sorted(set(skipped_rows))
    try:
        with transaction.atomic():
            return _apply(by=by, at=at, pk=roster_import.pk, skipped=skipped)
    except IntegrityError:
        raise UnableToImport("同一名单刚被另一次导入更改，请重新上传文件试运行。") from None


def discard_roster_import(*, by: Actor, at: datetime, roster_import: RosterImport) -> RosterImport:
    """Put a dry run aside; nothing of it can be applied any more (E8)."""
    with transaction.atomic():
        locked = _lock(by, roster_import.pk)
        _move(locked, "discard", by=by, at=at)
    return locked


def _apply(*, by: Actor, at: datetime, pk: int, skipped: list[int]) -> RosterImport:
    locked = _lock(by, pk)
    ROSTER_IMPORT.target(locked.state, "apply")
    shown = {row["row"]: row for row in locked.rows}
    bad = {number for number, row in shown.items() if row["outcome"] == RowOutcome.BAD}
    check_skipped(rows=shown, bad=bad, skipped=skipped)
    kept = [
        Reading(row=number, values=row["values"], notes=row["notes"])
        for number, row in shown.items()
        if number not in skipped
    ]
    results = compare(kind=locked.kind, city=locked.city, readings=kept, lock=True)
    check_unchanged([result.row for result in results if _moved(result, shown[result.row])])
    _write(locked, results)
    locked.skipped_rows = skipped
    locked.applied_at, locked.applied_by = at, by.user
    _move(locked, "apply", by=by, at=at, skipped=skipped, **_counts(results))
    return locked


def _moved(result: RowResult, shown: dict[str, Any]) -> bool:
    if result.outcome == RowOutcome.SAME:
        return False
    return result.outcome != shown["outcome"] or result.changes != shown["changes"]


def _write(roster_import: RosterImport, results: list[RowResult]) -> None:
    roster = ROSTERS[roster_import.kind]
    manager = roster.model._default_manager
    new, changed, removed = [], [], []
    touched: set[str] = set()
    for result in results:
        fields = field_values(roster, result.values, roster_import.city)
        if result.outcome == RowOutcome.NEW:
            new.append(roster.model(**fields))
        elif result.outcome == RowOutcome.CHANGED and result.entry is not None:
            for key, value in fields.items():
                setattr(result.entry, key, value)
            touched |= set(fields)
            changed.append(result.entry)
        elif result.outcome == RowOutcome.REMOVED and result.entry is not None:
            removed.append(result.entry.pk)
    manager.bulk_create(new, batch_size=_BATCH)
    if changed:
        manager.bulk_update(changed, sorted(touched), batch_size=_BATCH)
    for start in range(0, len(removed), _BATCH):
        manager.filter(pk__in=removed[start : start + _BATCH]).delete()


def _lock(by: Actor, pk: int) -> RosterImport:
    locked = RosterImport.objects.select_for_update(of=("self",)).select_related("city").get(pk=pk)
    require_staff_of(by, locked.city_id, Role.BUREAU)
    return locked


def _counts(results: list[RowResult]) -> dict[str, int]:
    counted = Counter(str(result.outcome) for result in results)
    return {outcome: counted[outcome] for outcome in RowOutcome.values}


def _move(
    roster_import: RosterImport, verb: str, *, by: Actor, at: datetime, **details: Any
) -> None:
    before = roster_import.state
    roster_import.state = ROSTER_IMPORT.target(before, verb)
    roster_import.save()
    record(
        at=at,
        by=by,
        action=f"{verb}_roster_import",
        subject=roster_import,
        from_state=before,
        to_state=roster_import.state,
        details={"kind": roster_import.kind, **details},
    )
