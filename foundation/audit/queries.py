"""Reading the audit trail."""

from __future__ import annotations

from django.db import models
from django.db.models import QuerySet

from foundation.accounts.models import Role, User
from foundation.accounts.queries import accounts_in_city
from foundation.audit.models import AuditEntry


def entries_visible_to(user: User) -> QuerySet[AuditEntry]:
    """What the staff of the bureau's own city and the parties registered there did; nobody else reads the trail.

    An entry knows its actor but not its subject's city: acts of jobs and the public stand in the history of the
    record they are about.
    """
    if user.role != Role.BUREAU or user.city_id is None:
        return AuditEntry.objects.none()
    own = User.objects.filter(accounts_in_city(user.city_id))
    return AuditEntry.objects.filter(actor__in=own.values("pk"))


def history_of(subject: models.Model) -> QuerySet[AuditEntry]:
    """Everything that happened to one record, oldest first, for pages that already authorised the record."""
    return AuditEntry.objects.filter(
        subject_type=subject._meta.label_lower, subject_id=subject.pk
    ).order_by("id")
