"""Personal data of institutions past its time: numbers, contact and bank account go, the institution stays (F5, ADR 36)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.moments import local_day
from foundation.retention import kept_since, require_job
from providers.models import ChangeRequest, Provider, ProviderRound

FORGOTTEN = {
    "legal_representative_id": "",
    "legal_representative_id_key": "",
    "contact": "",
    "contact_id": "",
    "contact_id_key": "",
    "contact_mobile": "",
    "bank_account": "",
}
# What a round and a change request say of a person.
_NAMES = ("contact", "legal_representative")


def providers_past_time(at: datetime) -> QuerySet[Provider]:
    """Institutions with personal data whose accreditation and last submission are of years no longer kept."""
    since = kept_since(at)
    holds = ~Q(contact="") | ~Q(contact_id="") | ~Q(legal_representative_id="")
    rounds = ProviderRound.objects.filter(provider=OuterRef("pk"), submitted_at__gte=since)
    return Provider.objects.filter(
        holds,
        ~Exists(rounds),
        Q(submitted_at__isnull=True) | Q(submitted_at__lt=since),
        accreditation__valid_until__lt=local_day(since),
    ).order_by("pk")


def changes_past_time(at: datetime) -> QuerySet[ChangeRequest]:
    """Decided change requests of years no longer kept that name a new contact."""
    holds = ~Q(contact_id="") | ~Q(contact_mobile="") | Q(changes__has_key="contact")
    return ChangeRequest.objects.filter(holds, decided_at__lt=kept_since(at)).order_by("pk")


def forget_contacts(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty the personal data of up to ``at_most`` institutions past their time, rounds included; how many."""
    require_job(by)
    with transaction.atomic():
        due = list(providers_past_time(at).select_for_update(of=("self",))[:at_most])
        for provider in due:
            Provider.objects.filter(pk=provider.pk).update(**FORGOTTEN)
            for one in ProviderRound.objects.filter(provider=provider):
                one.details = {key: text for key, text in one.details.items() if key not in _NAMES}
                one.save(update_fields=["details"])
            record(at=at, by=by, action="forget_contacts", subject=provider)
    return len(due)


def forget_changed_contacts(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty the new contact of up to ``at_most`` change requests past their time; how many."""
    require_job(by)
    with transaction.atomic():
        due = list(changes_past_time(at).select_for_update(of=("self",))[:at_most])
        for request in due:
            request.contact_id = request.contact_mobile = ""
            request.changes = {
                key: text for key, text in request.changes.items() if key not in _NAMES
            }
            request.save(update_fields=["contact_id", "contact_mobile", "changes"])
            record(at=at, by=by, action="forget_changed_contacts", subject=request)
    return len(due)
