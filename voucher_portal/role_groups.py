"""Roles as Django groups: what each role may look at and do at the desk, read from the desk itself.

`manage.py migrate` brings groups and permissions in line with the code each time it ends; docs/permissions.md shows
the same as one table. Whoever has a role has its group's permissions (foundation.accounts.roles).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.db import connections, transaction

from foundation.accounts.models import Role
from foundation.accounts.roles import group_name
from foundation.desk import DeskAdmin

STAFF_AT_DESK = (Role.CONTRACTOR, Role.EXPERT, Role.BUREAU)
TABLES = {Group._meta.db_table, Permission._meta.db_table, ContentType._meta.db_table}


@dataclass(frozen=True)
class Right:
    """One thing that can be looked at or done: a permission of Django, and the roles that have it."""

    model: Any
    codename: str
    label: str
    roles: frozenset[str]


def rights() -> Iterator[Right]:
    """Every record that can be looked at and every act of the desk, by model."""
    for model, desk in sorted(
        admin.site._registry.items(), key=lambda item: item[0]._meta.label_lower
    ):
        if not isinstance(desk, DeskAdmin):
            raise TypeError(f"{model._meta.label} is at the desk without DeskAdmin")
        name = model._meta.model_name
        yield Right(model, f"view_{name}", "查看", frozenset(map(str, desk.desk_roles)))
        for key, act in {**desk.list_acts, **desk.record_acts}.items():
            yield Right(model, f"act_{key}_{name}", act.label, frozenset(map(str, act.roles)))


def bring_in_line(using: str) -> None:
    """Make the groups of all roles, and give each exactly the permissions its role has in the code."""
    if not set(connections[using].introspection.table_names()) >= TABLES:
        return  # a partial migration, before the tables of groups are there
    with transaction.atomic(using=using):
        wanted = list(rights())
        types = {
            right.model: ContentType.objects.db_manager(using).get_for_model(right.model)
            for right in wanted
        }
        permissions = Permission.objects.using(using)
        Permission.objects.using(using).bulk_create(
            [
                Permission(
                    content_type=types[right.model],
                    codename=right.codename,
                    name=f"{right.model._meta.verbose_name}：{right.label}",
                )
                for right in wanted
            ],
            ignore_conflicts=True,
        )
        ids = {
            (one.content_type_id, one.codename): one.pk
            for one in permissions.filter(content_type__in=types.values())
        }
        # An act that is no longer in the code is no permission either.
        known = {(types[right.model].pk, right.codename) for right in wanted}
        permissions.filter(
            pk__in=[pk for key, pk in ids.items() if key[1].startswith("act_") and key not in known]
        ).delete()
        for role in Role:
            group, _ = Group.objects.using(using).get_or_create(name=group_name(role))
            group.permissions.set(
                ids[types[right.model].pk, right.codename]
                for right in wanted
                if role in right.roles
            )


HEAD = """# Permissions

Which role may look at what, and do what, at the staff desk. Drawn from the code by `manage.py draw_permissions`; the
checks compare. Do not edit by hand.

Each role is a Django group of that name, brought in line by `manage.py migrate`; accounts are in no group by hand, and
being a superuser gives nothing. A right counts within one's reach: one's own city, for the province contractor the
national and provincial institutions, for an expert the claims assigned. Beyond it everything is 404. Whether an act is
possible now is the policies' to say (docs/rules.md); R3 keeps one person from both sides of a decision.

Enterprises, providers, district officials and the province do not come to the desk: which pages they reach stands in
`tests/access/table.py`, against which every route is tried as every role. The province and the districts read only.
"""


def document() -> str:
    """The whole of docs/permissions.md."""
    lines = [HEAD]
    heads = " | ".join(role.label for role in STAFF_AT_DESK)
    lines.append(f"\n| record | right | {heads} |\n|---|---|{'---|' * len(STAFF_AT_DESK)}\n")
    for right in rights():
        strangers = right.roles - set(map(str, STAFF_AT_DESK))
        if strangers:
            raise ValueError(f"{sorted(strangers)} do not come to the desk: {right.codename}")
        marks = " | ".join("●" if role in right.roles else "" for role in STAFF_AT_DESK)
        name = f"{right.model._meta.verbose_name} (`{right.model._meta.label}`)"
        lines.append(f"| {name} | {right.label} | {marks} |\n")
    return "".join(lines)
