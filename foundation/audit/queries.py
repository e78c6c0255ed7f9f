"""Reading the audit trail."""

from __future__ import annotations

from django.db import models
from django.db.models import QuerySet

from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry


def entries_visible_to(user: User) -> QuerySet[AuditEntry]:
    """What accounts of the bureau's own city did; nobody else reads the trail.

    An entry knows its actor's city but not its subject's: acts of jobs, the public and accounts without a city are
    not told apart by city, so they are not shown here.
    """
    if user.role != Role.BUREAU or user.city_id is None:
        return AuditEntry.objects.none()
    return AuditEntry.objects.filter(actor__city_id=user.city_id)


def history_of(subject: models.Model) -> QuerySet[AuditEntry]:
    """Everything that happened to one record, oldest first, for pages that already authorised the record."""
    return AuditEntry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).order_by("id")
