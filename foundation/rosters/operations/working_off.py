"""Reading and writing the rows of a roster file, batch after batch, by the page or by the job (E8).

The dry run of a large file is many short transactions, so that its progress shows; the import is one, all or nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q

from foundation.accounts.actors import Actor
from foundation.batches import batched
from foundation.documents.storing import read_bytes
from foundation.rosters.blank_sheets import rows_of
from foundation.rosters.columns import ROSTERS, Reading, understand
from foundation.rosters.comparing import (
    Comparison,
    RowResult,
    field_values,
    known_values,
    not_named,
    pointed_to,
)
from foundation.rosters.models import RosterImport, RosterRow
from foundation.rosters.operations.moving import move
from foundation.rosters.policies import UnableToImport, check_unchanged
from foundation.rosters.sheets import Sheet, UnableToReadRoster, open_sheet
from foundation.rosters.states import ImportState, RowOutcome

BATCH = 500
# How long a run of the job has its file for itself; a run that died leaves it to the next after this.
LEASE = timedelta(minutes=10)
ATTEMPTS_MAX = 3

_KEPT_BEFORE = {RowOutcome.CHANGED, RowOutcome.REMOVED}


# --- The dry run --------------------------------------------------------------------------


def read_sheet(*, by: Actor, at: datetime, roster_import: RosterImport, sheet: Sheet) -> None:
    """The whole dry run in the caller's transaction; raises UnableToReadRoster."""
    for _ in _dry_run(roster_import, sheet):
        pass
    _finish(by=by, at=at, roster_import=roster_import)


def read_roster_import(*, by: Actor, at: datetime, roster_import: RosterImport) -> bool:
    """The dry run of a file that waits for the job; whether this run did it.

    Nothing happens when another run of the job has the file. A file that cannot be read becomes UNREADABLE with the
    reason in ``fault``.
    """
    pk = roster_import.pk
    free = Q(claimed_at=None) | Q(claimed_at__lt=at - LEASE)
    ours = RosterImport.objects.filter(pk=pk, state=ImportState.READING)
    if not ours.filter(free).update(claimed_at=at, attempts=F("attempts") + 1, rows_done=0):
        return False
    found = RosterImport.objects.select_related("city", "document").get(pk=pk)
    try:
        if found.attempts > ATTEMPTS_MAX:
            raise UnableToReadRoster("文件多次未能读完，请拆分成几个较小的文件后重新上传。")
        RosterRow.objects.filter(roster_import=found).delete()
        content = read_bytes(found.document.storage_name)
        with open_sheet(found.document.media_type, content) as sheet:
            for done in _dry_run(found, sheet):
                # Put aside meanwhile, or taken over by a later run: not ours any more.
                if not ours.filter(claimed_at=at).update(rows_total=sheet.total, rows_done=done):
                    return False
    except UnableToReadRoster as refusal:
        return _move_ours(by=by, at=at, pk=pk, verb="fail", fault=refusal.sentence)
    return _move_ours(by=by, at=at, pk=pk, verb="finish")


def _move_ours(*, by: Actor, at: datetime, pk: int, verb: str, fault: str = "") -> bool:
    with transaction.atomic():
        found = (
            RosterImport.objects.select_for_update(of=("self",))
            .select_related("city")
            .filter(pk=pk, state=ImportState.READING, claimed_at=at)
            .first()
        )
        if found is None:
            return False
        if verb == "finish":
            _finish(by=by, at=at, roster_import=found)
        else:
            found.fault = fault
            move(found, verb, by=by, at=at, fault=fault)
    return True


def _dry_run(roster_import: RosterImport, sheet: Sheet) -> Iterator[int]:
    """Keep the rows, a transaction for each batch; yields how far it has come, as rows of the file."""
    comparison = Comparison(kind=roster_import.kind, city=roster_import.city)
    roster_import.rows_total = sheet.total
    for readings in batched(understand(roster_import.kind, sheet.rows), BATCH):
        with transaction.atomic():
            RosterRow.objects.bulk_create(
                RosterRow(
                    roster_import=roster_import,
                    row=result.row,
                    outcome=result.outcome,
                    entry_id=result.entry.pk if result.entry is not None else None,
                    values=result.values,
                    before=result.before if result.outcome in _KEPT_BEFORE else {},
                    problems=result.problems,
                    notes=result.notes,
                )
                for result in comparison.results(readings)
            )
        roster_import.rows_done = readings[-1].row
        yield roster_import.rows_done


def _finish(*, by: Actor, at: datetime, roster_import: RosterImport) -> None:
    if roster_import.whole:
        _name_what_goes(roster_import)
    counts = dict.fromkeys(RowOutcome.values, 0)
    found = roster_import.rows.order_by().values_list("outcome")
    counts |= dict(found.annotate(count=models.Count("pk")))
    roster_import.counts = counts
    roster_import.rows_done = roster_import.rows_total or 0
    move(roster_import, "finish", by=by, at=at, **counts)


def _name_what_goes(roster_import: RosterImport) -> None:
    roster = ROSTERS[roster_import.kind]
    for entries in batched(not_named(roster_import).iterator(chunk_size=BATCH), BATCH):
        in_use = pointed_to(roster.model, [entry.pk for entry in entries])
        RosterRow.objects.bulk_create(
            RosterRow(
                roster_import=roster_import,
                outcome=RowOutcome.BAD if entry.pk in in_use else RowOutcome.GONE,
                entry_id=entry.pk,
                before=known_values(roster, entry),
                problems=[_IN_USE] if entry.pk in in_use else [],
            )
            for entry in entries
        )


_IN_USE = "文件中没有此项认定，但已有服务机构凭它登记，不能移除，请在文件中保留该行"


# --- The import ---------------------------------------------------------------------------


def write_rows(*, by: Actor, at: datetime, roster_import: RosterImport) -> None:
    """Write the rows of a locked import in the caller's transaction (E8).

    Raises UnableToImport when the list has changed since the dry run; then the caller's transaction must roll back.
    """
    writer = _Writer(roster_import)
    writer.take_off_unnamed()
    for rows in batched(_kept_rows(roster_import), BATCH):
        writer.write(rows)
    check_unchanged(writer.moved)
    roster_import.applied_at, roster_import.applied_by = at, roster_import.ordered_by
    details = {**dict.fromkeys(RowOutcome.values, 0), **writer.counts}
    move(roster_import, "apply", by=by, at=at, skipped=roster_import.skipped_rows, **details)


def write_roster_import(*, by: Actor, at: datetime, roster_import: RosterImport) -> bool:
    """The import that waits for the job; whether it was done.

    What stops it is kept in ``fault``, and the dry run goes back to the bureau as CHECKED.
    """
    try:
        with transaction.atomic():
            found = _lock_applying(roster_import.pk)
            if found is None:
                return False
            write_rows(by=by, at=at, roster_import=found)
            return True
    except UnableToImport as refusal:
        fault = refusal.sentence
    except IntegrityError:
        fault = "同一名单刚被另一次导入更改，请作废本次试运行并重新上传文件。"
    with transaction.atomic():
        found = _lock_applying(roster_import.pk)
        if found is not None:
            found.fault = fault
            move(found, "give_back", by=by, at=at, fault=fault)
    return False


def _lock_applying(pk: int) -> RosterImport | None:
    return (
        RosterImport.objects.select_for_update(of=("self",))
        .select_related("city")
        .filter(pk=pk, state=ImportState.APPLYING)
        .first()
    )


def _kept_rows(roster_import: RosterImport) -> Iterator[RosterRow]:
    skipped = set(roster_import.skipped_rows)
    for row in rows_of(roster_import):
        if row.row is not None and row.row not in skipped:
            yield row


@dataclass
class _Writer:
    """Writes batch after batch; ``moved`` are the rows that would now do something else than was shown."""

    roster_import: RosterImport
    moved: list[int] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.roster = ROSTERS[self.roster_import.kind]
        self.manager = self.roster.model._default_manager
        self.comparison = Comparison(
            kind=self.roster_import.kind, city=self.roster_import.city, lock=True
        )

    def write(self, rows: Sequence[RosterRow]) -> None:
        """Compare again, and write what is as it was shown; nothing more once something is not."""
        readings = [Reading(row=row.row or 0, values=row.values, notes=row.notes) for row in rows]
        results = self.comparison.results(readings)
        for result, shown in zip(results, rows, strict=True):
            self.counts[str(result.outcome)] += 1
            if _has_moved(result, shown):
                self.moved.append(result.row)
        if not self.moved:
            self._write(results)

    def take_off_unnamed(self) -> None:
        """What a whole file does not name goes, if it is exactly what the dry run showed (E8)."""
        if not self.roster_import.whole:
            return
        shown = self.roster_import.rows.filter(outcome=RowOutcome.GONE).order_by("entry_id")
        now = not_named(self.roster_import).select_for_update(of=("self",))
        for pairs in batched(
            zip_longest(now.iterator(chunk_size=BATCH), shown.iterator(chunk_size=BATCH)),
            BATCH,
        ):
            pks = []
            for entry, row in pairs:
                same = (
                    entry is not None
                    and row is not None
                    and entry.pk == row.entry_id
                    and known_values(self.roster, entry) == row.before
                )
                check_unchanged((), whole=not same)
                pks.append(entry.pk)
            self.counts[str(RowOutcome.GONE)] += len(pks)
            self.manager.filter(pk__in=pks).delete()

    def _write(self, results: Iterable[RowResult]) -> None:
        new, changed, removed = [], [], []
        touched: set[str] = set()
        for result in results:
            if result.outcome == RowOutcome.REMOVED and result.entry is not None:
                removed.append(result.entry.pk)
            elif result.outcome == RowOutcome.NEW:
                new.append(self.roster.model(**self._fields(result)))
            elif result.outcome == RowOutcome.CHANGED and result.entry is not None:
                fields = self._fields(result)
                for key, value in fields.items():
                    setattr(result.entry, key, value)
                touched |= set(fields)
                changed.append(result.entry)
        self.manager.bulk_create(new)
        if changed:
            self.manager.bulk_update(changed, sorted(touched))
        if removed:
            self.manager.filter(pk__in=removed).delete()

    def _fields(self, result: RowResult) -> dict[str, Any]:
        return field_values(self.roster, result.values, self.roster_import.city)


def _has_moved(result: RowResult, shown: RosterRow) -> bool:
    if result.outcome == RowOutcome.SAME:
        return False
    before = result.before if result.outcome in _KEPT_BEFORE else {}
    return result.outcome != shown.outcome or before != shown.before
