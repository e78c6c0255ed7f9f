"""Who has which file in hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import NoReverseMatch, reverse

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.assignments.models import Assignment
from foundation.assignments.policies import IDLE_MINUTES, is_held

HELD_SHOWN_MAX = 20


def assignment_of(subject: models.Model, at: datetime) -> Assignment | None:
    """Who has the file in hand at ``at``; None when it is free, also after an idle time."""
    found = (
        Assignment.objects.select_related("holder__person")
        .filter(subject_type=subject._meta.label_lower, subject_id=subject.pk)
        .first()
    )
    return found if found is not None and is_held(found.seen_at, at) else None


def free_for(records: QuerySet[Any], by: Actor, at: datetime) -> QuerySet[Any]:
    """``records`` without the files that others have in hand."""
    held = Assignment.objects.filter(
        subject_type=records.model._meta.label_lower,
        subject_id=OuterRef("pk"),
        seen_at__gte=at - timedelta(minutes=IDLE_MINUTES),
    )
    if by.user is not None:
        held = held.exclude(holder=by.user)
    return records.filter(~Exists(held))


def colleagues_of(user: User) -> QuerySet[User]:
    """The open accounts of the same role and city: whom a file can be handed to. Parties have none."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU}:
        return User.objects.none()
    return (
        User.objects.filter(role=user.role, city_id=user.city_id, is_active=True, is_staff=True)
        .exclude(pk=user.pk)
        .select_related("person")
        .order_by("username")
    )


@dataclass(frozen=True)
class Held:
    """A file in one's hands, with the address of its review screen, empty when it has none."""

    label: str
    taken_at: datetime
    url: str


def held_by(user: User, at: datetime) -> list[Held]:
    """The files in the account's hands, the earliest taken first."""
    rows = Assignment.objects.filter(
        holder=user, seen_at__gte=at - timedelta(minutes=IDLE_MINUTES)
    ).order_by("taken_at")[:HELD_SHOWN_MAX]
    return [Held(row.label, row.taken_at, _review_url(row)) for row in rows]


def _review_url(row: Assignment) -> str:
    try:
        name = row.subject_type.replace(".", "_")
        return reverse(f"admin:{name}_review", args=[row.subject_id])
    except NoReverseMatch:
        return ""
