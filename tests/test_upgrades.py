"""A new migration works under the version that is still running: the rule of docs/operations.md, looked at in the code."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import models
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from voucher_portal.upgrades import ACCEPTED, FIRST_RELEASE, LARGE, OURS, judge, unsafe_operations

pytestmark = pytest.mark.once


@pytest.fixture(scope="module")
def loader() -> MigrationLoader:
    return MigrationLoader(None)


def test_no_migration_breaks_the_version_before_it(loader: MigrationLoader) -> None:
    found = [str(one) for one in unsafe_operations(loader=loader)]
    assert not found, (
        "Not safe under an older version (docs/operations.md, Upgrade; or ACCEPTED in voucher_portal/upgrades.py):\n"
        + "\n".join(found)
    )


def test_the_lists_name_what_there_is(loader: MigrationLoader) -> None:
    from django.apps import apps

    assert {app for app, _ in loader.graph.nodes} >= OURS
    own = {config.label for config in apps.get_app_configs() if "django" not in config.name}
    with_tables = {label for label in own if list(apps.get_app_config(label).get_models())}
    assert with_tables <= OURS | {"csp"}, "an app of ours is not looked at"
    for app, name in FIRST_RELEASE.items():
        assert (app, name) in loader.graph.nodes
    for label in LARGE:
        apps.get_model(label)
    for app, name, _ in ACCEPTED:
        assert (app, name) in loader.graph.nodes
    assert all(reason.strip() for reason in ACCEPTED.values())


def test_it_sees_what_came_before_the_first_release(loader: MigrationLoader) -> None:
    """As if every app had begun with its first migration: what was done since is found."""
    begun = dict.fromkeys(FIRST_RELEASE, "0001_initial")
    found = {
        (one.app, one.migration) for one in unsafe_operations(first_release=begun, loader=loader)
    }
    assert ("rosters", "0004_remove_rows_kept") in found
    assert ("regions", "0002_guangdong") in found


def verdicts(*new: Any, atomic: bool = True) -> list[str]:
    state = ProjectState()
    operations.CreateModel(
        "Voucher",
        [
            ("id", models.BigAutoField(primary_key=True)),
            ("number", models.CharField(max_length=20)),
            ("note", models.CharField(max_length=20, null=True)),
        ],
    ).state_forwards("vouchers", state)
    migration = Migration("9999_planted", "vouchers")
    migration.operations, migration.atomic = list(new), atomic
    return [str(one) for one in judge(migration, state)]


INDEX = models.Index(fields=["number"], name="planted")
UNSAFE: dict[str, Any] = {
    "db_default": operations.AddField("voucher", "more", models.IntegerField(default=0)),
    "remove it in the next": operations.RemoveField("voucher", "note"),
    "still asks for it": operations.DeleteModel("voucher"),
    "old name": operations.RenameField("voucher", "note", "remark"),
    "knows the old name": operations.RenameModel("voucher", "ticket"),
    "still write null": operations.AlterField(
        "voucher", "note", models.CharField(max_length=20, default="")
    ),
    "longer values": operations.AlterField("voucher", "number", models.CharField(max_length=10)),
    "another column": operations.AlterField("voucher", "number", models.IntegerField()),
    "write it twice": operations.AlterField(
        "voucher", "number", models.CharField(max_length=20, unique=True)
    ),
    "Meta.indexes": operations.AlterField(
        "voucher", "number", models.CharField(max_length=20, db_index=True)
    ),
    "this refuses": operations.AddConstraint(
        "voucher", models.UniqueConstraint(fields=["number"], name="planted")
    ),
    "AddIndexConcurrently": operations.AddIndex("voucher", INDEX),
    "atomic = False": AddIndexConcurrently("voucher", INDEX),
    "how long it takes": operations.RunPython(operations.RunPython.noop),
}


@pytest.mark.parametrize("why", UNSAFE)
def test_each_kind_of_harm_is_seen(why: str) -> None:
    found = verdicts(UNSAFE[why])
    assert len(found) == 1
    assert why in found[0]


def test_what_does_no_harm_is_let_pass() -> None:
    assert not verdicts(
        operations.AddField("voucher", "one", models.IntegerField(null=True)),
        operations.AddField("voucher", "two", models.IntegerField(default=0, db_default=0)),
        operations.AlterField("voucher", "number", models.CharField("编号", max_length=40)),
        operations.CreateModel("Thing", [("id", models.BigAutoField(primary_key=True))]),
        operations.AddField("thing", "name", models.CharField(max_length=10)),
    )
    assert not verdicts(AddIndexConcurrently("voucher", INDEX), atomic=False)
