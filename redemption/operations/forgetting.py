"""Who filed an objection is forgotten some years after the answer; what was objected and answered stays (R4, F5, ADR 36)."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.retention import require_job, years_before
from redemption.models import Objection


def objections_past_time(at: datetime) -> QuerySet[Objection]:
    """Objections with a name or a contact that were answered longer ago than KEEP_OBJECTORS_YEARS."""
    before = years_before(at, settings.KEEP_OBJECTORS_YEARS)
    holds = ~Q(name="") | ~Q(contact="")
    return Objection.objects.filter(holds, answered_at__lt=before).order_by("pk")


def forget_objectors(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty name and contact of up to ``at_most`` objections past their time; how many."""
    require_job(by)
    with transaction.atomic():
        due = list(objections_past_time(at).select_for_update(of=("self",))[:at_most])
        for objection in due:
            Objection.objects.filter(pk=objection.pk).update(name="", contact="")
            record(at=at, by=by, action="forget_objectors", subject=objection)
    return len(due)
