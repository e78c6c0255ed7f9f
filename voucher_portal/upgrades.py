"""Which migrations an older version, still running, would not survive; the rule stands in docs/operations.md.

While a release goes out, processes of the version before work on the new tables for minutes: what they read must be
there, and what they write must be taken. On large tables nothing may hold writers up for longer than a moment.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models.fields import NOT_PROVIDED

OURS = frozenset(
    {
        *("accounts", "api", "audit", "jobs", "regions", "workdays", "rosters", "documents"),
        *("assignments", "notices", "enterprises", "providers", "vouchers", "orders"),
        *("redemption", "dashboards"),
    }
)
# The last migration of each app in the first release: no older version was ever running before these.
FIRST_RELEASE = {
    "accounts": "0005_vouched_authenticator",
    "audit": "0003_seal",
    "jobs": "0001_initial",
    "api": "0001_initial",
    "regions": "0002_guangdong",
    "workdays": "0001_initial",
    "rosters": "0005_recoveries",
    "documents": "0003_pages",
    "assignments": "0001_initial",
    "notices": "0004_formatted_notices",
    "enterprises": "0003_city_index",
    "providers": "0002_initial",
    "vouchers": "0006_ledger_by_time_and_row",
    "orders": "0003_initial",
    "redemption": "0003_requests_taken_back",
    "dashboards": "0001_figures_and_calls",
}
# What was looked at and is safe for the reason given: {(app, migration, what the finding names): reason}.
ACCEPTED: dict[tuple[str, str, str], str] = {
    ("documents", "0004_kept_files", "RunPython"): (
        "one INSERT over a table nobody reads yet, seconds on a full database; what the older version keeps meanwhile "
        "is not noted, and so not compared"
    ),
}
# Tables that grow with every act; an index over one is built beside the writers (AddIndexConcurrently).
LARGE = frozenset(
    {
        *("audit.auditentry", "notices.message", "notices.outboxentry", "documents.document"),
        *(
            "vouchers.application",
            "vouchers.allocation",
            "vouchers.voucher",
            "vouchers.ledgerentry",
        ),
        *("enterprises.enterprise", "enterprises.profile", "enterprises.qualification"),
        *("orders.order", "orders.contract", "orders.payment", "orders.invoice"),
        *("orders.banktransfer", "rosters.rosterrow", "rosters.priorityentry"),
    }
)


@dataclass(frozen=True)
class Unsafe:
    """An operation that needs another way, or an entry in ACCEPTED. ``named``: model, and field or constraint."""

    app: str
    migration: str
    named: str
    why: str

    def __str__(self) -> str:
        return f"{self.app}.{self.migration} {self.named}: {self.why}"


def unsafe_operations(
    *, first_release: dict[str, str] | None = None, loader: MigrationLoader | None = None
) -> Iterator[Unsafe]:
    """Every operation of a migration after the first release that an older version would not survive."""
    loader = loader or MigrationLoader(None)
    known = FIRST_RELEASE if first_release is None else first_release
    for app, name in sorted(loader.graph.nodes):
        if app in OURS and name > known.get(app, ""):
            migration = loader.get_migration(app, name)
            before = loader.project_state((app, name), at_end=False)
            for found in judge(migration, before):
                if (found.app, found.migration, found.named) not in ACCEPTED:
                    yield found


def judge(migration: Migration, before: ProjectState) -> Iterator[Unsafe]:
    """What is unsafe in one migration; ``before``: the state it starts from."""
    app, state = migration.app_label, before.clone()
    made: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, operations.CreateModel):
            made.add(operation.name_lower)
        table = str(
            getattr(operation, "model_name_lower", "") or getattr(operation, "name_lower", "")
        )
        # A table that this very migration makes is nobody's yet.
        if table not in made:
            for named, why in _faults(operation, app, state, atomic=bool(migration.atomic)):
                yield Unsafe(app, migration.name, named, why)
        operation.state_forwards(app, state)


def _faults(
    operation: Operation, app: str, state: ProjectState, *, atomic: bool
) -> Iterator[tuple[str, str]]:
    match operation:
        case operations.AddField():
            field = operation.field
            if not (field.null or field.many_to_many or field.db_default is not NOT_PROVIDED):
                yield (
                    _named(operation),
                    "the older version writes rows without this column: give it a db_default, or let it be null",
                )
        case operations.RemoveField() | operations.DeleteModel():
            yield (
                _named(operation),
                "the older version still asks for it: stop using it in one release, remove it in the next",
            )
        case operations.RenameField() | operations.RenameModel() | operations.AlterModelTable():
            yield (
                _named(operation),
                "the older version knows the old name: add, copy, and remove a release later",
            )
        case operations.AlterField():
            yield from _altered(operation, app, state)
        case operations.AddConstraint():
            yield (
                f"{operation.model_name_lower} {operation.constraint.name}",
                "the older version may write what this refuses, and the table is locked while it is checked",
            )
        case operations.AddIndex() if (
            f"{app}.{operation.model_name_lower}" in LARGE and not _beside(operation)
        ):
            yield (
                f"{operation.model_name_lower} {operation.index.name}",
                "writers wait while the index is built: AddIndexConcurrently, in a migration with atomic = False",
            )
        case operations.RunPython() | operations.RunSQL():
            yield (
                type(operation).__name__,
                "say why the older version may run meanwhile, and how long it takes on a full database",
            )
    if _beside(operation) and atomic:
        yield (_named(operation), "a concurrent index needs a migration with atomic = False")


def _altered(
    operation: operations.AlterField, app: str, state: ProjectState
) -> Iterator[tuple[str, str]]:
    old = state.models[app, operation.model_name_lower].fields[operation.name]
    new, named = operation.field, _named(operation)
    if old.null and not new.null:
        yield named, "the older version may still write null: fill it for a release before"
    if type(old) is not type(new):
        yield named, "another type is another column: add, copy, and remove a release later"
    if (old.max_length or 0) > (new.max_length or 0) and isinstance(new, models.CharField):
        yield named, "the older version may write longer values"
    if new.unique and not old.unique:
        yield (
            named,
            "the older version may write it twice, and the table is locked while it is checked",
        )
    if _indexed(new) and not _indexed(old) and f"{app}.{operation.model_name_lower}" in LARGE:
        yield named, "writers wait while the index is built: name it in Meta.indexes, concurrently"


def _indexed(field: object) -> bool:
    return bool(getattr(field, "db_index", False))


def _beside(operation: Operation) -> bool:
    """Whether an index is built without holding writers up."""
    return type(operation).__name__.endswith("Concurrently")


def _named(operation: Operation) -> str:
    parts = [getattr(operation, "model_name", ""), getattr(operation, "name", "")]
    parts.append(getattr(operation, "old_name", ""))
    return " ".join(str(part).lower() for part in parts if part)
