"""Roster files: dry run, then all or nothing; what was imported can be put back by a later file (E8).

Small files are read and written at once; large ones by the job, whose side is ``working_off``.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction

from foundation.accounts.actors import Actor, require_staff_of
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.documents.operations import keep_bytes
from foundation.regions.models import City
from foundation.rosters.blank_sheets import undo_csv
from foundation.rosters.columns import ROSTERS
from foundation.rosters.comparing import CITY_KINDS
from foundation.rosters.models import RosterImport
from foundation.rosters.operations.moving import move
from foundation.rosters.operations.working_off import read_sheet, write_rows
from foundation.rosters.policies import (
    UnableToImport,
    check_skipped,
    check_undo,
    check_unnamed,
    check_whole,
)
from foundation.rosters.sheets import CSV, MAX_BYTES, media_type_of, open_sheet
from foundation.rosters.states import ROSTER_IMPORT, RowOutcome

# What a page reads or writes while its user waits; more is the job's.
BYTES_AT_ONCE = 256 * 1024
ROWS_AT_ONCE = 2_000

_CHANGED_ELSEWHERE = "同一名单刚被另一次导入更改，请重新上传文件试运行。"


def check_roster_file(
    *,
    by: Actor,
    at: datetime,
    kind: str,
    city: City,
    file: UploadedFile,
    whole: bool = False,
) -> RosterImport:
    """Dry run of a roster file by the city's bureau: nothing is changed but the record of it (E8).

    ``kind`` is a RosterKind. A small file comes back CHECKED, its bad rows in ``rows`` with what is wrong; a large one
    READING, for the job to go on with. Raises UnableToReadRoster for a file that cannot be read or has a wrong header,
    OutOfReach for anybody else.
    """
    require_staff_of(by, city.pk, Role.BUREAU)
    if kind not in ROSTERS:
        raise UnableToImport("请选择名单类别。", field="kind")
    check_whole(whole=whole, of_city=kind in CITY_KINDS)
    name = file.name or ""
    content = file.read(MAX_BYTES + 1)
    media_type = media_type_of(name, content)
    return _take(
        by=by,
        at=at,
        content=content,
        name=name,
        media_type=media_type,
        kind=kind,
        city=city,
        whole=whole,
    )


def undo_roster_import(*, by: Actor, at: datetime, roster_import: RosterImport) -> RosterImport:
    """Dry run of the file that puts back what an import changed: applied like any other, or put aside (E8)."""
    require_staff_of(by, roster_import.city_id, Role.BUREAU)
    check_undo(state=roster_import.state, changes=changes_in(roster_import.counts))
    return _take(
        by=by,
        at=at,
        content=undo_csv(roster_import),
        name=f"撤销{roster_import}.csv",
        media_type=CSV,
        kind=roster_import.kind,
        city=roster_import.city,
        undoes=roster_import,
    )


def apply_roster_import(
    *, by: Actor, at: datetime, roster_import: RosterImport, skipped_rows: Iterable[int] = ()
) -> RosterImport:
    """Write the rows of a dry run that are not in ``skipped_rows``, all or none (E8).

    Refused with UnableToImport while a bad row is not skipped, and when a row would now do something else than the dry
    run showed, unless it is already as the file says. A large import comes back APPLYING and is the job's.
    """
    skipped = sorted(set(skipped_rows))
    try:
        with transaction.atomic():
            locked = _lock(by, roster_import.pk)
            ROSTER_IMPORT.target(locked.state, "order")
            _check_skipped(locked, skipped)
            locked.skipped_rows, locked.fault = skipped, ""
            locked.ordered_by = by.user
            if (locked.rows_total or 0) > ROWS_AT_ONCE:
                move(locked, "order", by=by, at=at, skipped=skipped)
            else:
                write_rows(by=by, at=at, roster_import=locked)
            return locked
    except IntegrityError:
        raise UnableToImport(_CHANGED_ELSEWHERE) from None


def discard_roster_import(*, by: Actor, at: datetime, roster_import: RosterImport) -> RosterImport:
    """Put a dry run aside, also while it is read; nothing of it can be applied any more (E8)."""
    with transaction.atomic():
        locked = _lock(by, roster_import.pk)
        move(locked, "discard", by=by, at=at)
    return locked


def changes_in(counts: dict[str, int]) -> int:
    """How many entries the rows change."""
    still = {RowOutcome.SAME, RowOutcome.BAD}
    return sum(count for outcome, count in counts.items() if outcome not in still)


def _take(
    *, by: Actor, at: datetime, content: bytes, name: str, media_type: str, **fields: Any
) -> RosterImport:
    with ExitStack() as open_files:
        # Looked into before any row is written, and so before SQLite is locked.
        sheet = None
        if len(content) <= BYTES_AT_ONCE:
            sheet = open_files.enter_context(open_sheet(media_type, content))
        with transaction.atomic():
            roster_import = RosterImport.objects.create(
                document=keep_bytes(
                    content=content, name=name, media_type=media_type, by=by, at=at
                ),
                checked_at=at,
                checked_by=by.user,
                **fields,
            )
            record(
                at=at,
                by=by,
                action="check_roster_file",
                subject=roster_import,
                to_state=roster_import.state,
                details={"kind": roster_import.kind, "whole": roster_import.whole},
            )
            if sheet is not None and sheet.total <= ROWS_AT_ONCE + 1:
                read_sheet(by=by, at=at, roster_import=roster_import, sheet=sheet)
    return roster_import


def _check_skipped(roster_import: RosterImport, skipped: list[int]) -> None:
    rows = roster_import.rows.filter(row__isnull=False).order_by()
    numbers = {row or 0 for row in rows.values_list("row", flat=True)} if skipped else set()
    bad = {row or 0 for row in rows.filter(outcome=RowOutcome.BAD).values_list("row", flat=True)}
    check_unnamed(
        roster_import.rows.filter(row__isnull=True, outcome=RowOutcome.BAD).order_by().count()
    )
    check_skipped(
        strange=set(skipped) - numbers,
        left=bad - set(skipped),
        skipped=skipped,
        nothing_kept=bool(numbers) and numbers <= set(skipped),
        whole=roster_import.whole,
    )


def _lock(by: Actor, pk: int) -> RosterImport:
    locked = RosterImport.objects.select_for_update(of=("self",)).select_related("city").get(pk=pk)
    require_staff_of(by, locked.city_id, Role.BUREAU)
    return locked
