"""docs/permissions.md is what the code says, and the groups in the database give each role just that."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connection

from foundation.accounts.models import Role, User
from tests import build
from tests.access.table import BUREAUS, CONTRACTORS, EXPERTS, MODELS
from voucher_portal.role_groups import bring_in_line, document, rights

ROOT = Path(__file__).resolve().parents[1]
CASTS = {Role.CONTRACTOR: CONTRACTORS, Role.BUREAU: BUREAUS, Role.EXPERT: EXPERTS}


def test_the_table_is_up_to_date() -> None:
    assert (ROOT / "docs" / "permissions.md").read_text(encoding="utf-8") == document()


@pytest.mark.django_db
def test_each_role_has_in_the_database_what_the_code_gives_it() -> None:
    for role in Role:
        granted = set(
            Permission.objects.filter(group__name=role.label).values_list(
                "content_type__app_label", "content_type__model", "codename"
            )
        )
        assert granted == {
            (right.model._meta.app_label, right.model._meta.model_name, right.codename)
            for right in rights()
            if role in right.roles
        }


def test_the_rights_are_those_of_the_access_table() -> None:
    """What is tried over HTTP for every role is what groups and table say."""
    for right in rights():
        entry = MODELS[f"{right.model._meta.app_label}_{right.model._meta.model_name}"]
        key = right.codename.removeprefix("act_").rpartition("_")[0]
        acts = {**entry.record_acts, **entry.list_acts}
        who = entry.listed if right.codename.startswith("view_") else acts[key]
        for role, cast in CASTS.items():
            assert bool(who & cast) == (role in right.roles), f"{right.codename} {role}"


@pytest.mark.django_db
class TestAccounts:
    def test_a_role_has_its_groups_permissions(self) -> None:
        bureau, contractor = build.account(Role.BUREAU), build.account(Role.CONTRACTOR)
        assert bureau.has_perm("accounts.act_close_user")
        assert bureau.has_module_perms("accounts")
        assert not contractor.has_perm("accounts.act_close_user")
        assert not contractor.has_perm("accounts.view_user")
        assert contractor.has_perm("enterprises.act_pass_qualification")

    def test_nobody_can_change_or_delete_by_a_permission(self) -> None:
        for role in Role:
            held = build.account(role).get_all_permissions()
            assert not {perm for perm in held if perm.split(".")[1][:4] in {"add_", "chan", "dele"}}

    def test_being_a_superuser_gives_nothing(self) -> None:
        root = User.objects.create_superuser("root", password="x")
        assert not root.has_perm("accounts.view_user")
        assert not root.has_module_perms("accounts")
        assert root.get_all_permissions() == set()

    def test_permissions_and_groups_given_by_hand_give_nothing(self) -> None:
        contractor = build.account(Role.CONTRACTOR)
        contractor.user_permissions.add(Permission.objects.get(codename="act_close_user"))
        contractor.groups.add(Group.objects.get(name=Role.BUREAU.label))
        assert not contractor.has_perm("accounts.act_close_user")

    def test_a_closed_account_has_none(self) -> None:
        closed = build.account(Role.BUREAU, is_active=False)
        assert not closed.has_perm("accounts.view_user")

    def test_what_was_changed_by_hand_is_put_right(self) -> None:
        group = Group.objects.get(name=Role.CONTRACTOR.label)
        group.permissions.clear()
        stray = Permission.objects.create(
            content_type=ContentType.objects.get_for_model(User), codename="act_rob_user", name="x"
        )
        Group.objects.get(name=Role.BUREAU.label).permissions.add(stray)
        bring_in_line(connection.alias)
        assert group.permissions.exists()
        assert not Permission.objects.filter(codename="act_rob_user").exists()
