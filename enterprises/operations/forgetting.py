"""Personal data of enterprises past its time: the numbers and the handler go, the data of the enterprise stays (F5, ADR 36)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from enterprises.models import Profile, Qualification, QualificationRound
from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.retention import kept_since, require_job

FORGOTTEN = {
    "legal_representative_id": "",
    "legal_representative_id_key": "",
    "handler": "",
    "handler_id": "",
    "handler_id_key": "",
    "handler_mobile": "",
}


def profiles_past_time(at: datetime) -> QuerySet[Profile]:
    """Versions with personal data that no file of a year still kept uses, of enterprises older than that."""
    since = kept_since(at)
    files = Qualification.objects.filter(profile=OuterRef("pk"), year__gte=since.year)
    rounds = QualificationRound.objects.filter(
        profile=OuterRef("pk"), qualification__year__gte=since.year
    )
    holds = ~Q(handler="") | ~Q(handler_id="") | ~Q(legal_representative_id="")
    return Profile.objects.filter(
        holds,
        ~Exists(files),
        ~Exists(rounds),
        Q(frozen_at__isnull=True) | Q(frozen_at__lt=since),
        enterprise__created_at__lt=since,
    ).order_by("pk")


def forget_handlers(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty the personal data of up to ``at_most`` versions past their time; how many. Names of organisations stay."""
    require_job(by)
    with transaction.atomic():
        due = list(profiles_past_time(at).select_for_update(of=("self",))[:at_most])
        for profile in due:
            Profile.objects.filter(pk=profile.pk).update(**FORGOTTEN)
            record(at=at, by=by, action="forget_handlers", subject=profile)
    return len(due)
