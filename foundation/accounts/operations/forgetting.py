"""Personal data of accounts past its time, and traces of signing in that have done their service (F5, ADR 36)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from foundation.accounts.actors import Actor
from foundation.accounts.confirmation import VALID_FOR
from foundation.accounts.models import (
    STAFF_ROLES,
    Authenticator,
    ConfirmationMail,
    Person,
    RecoveryCode,
    User,
)
from foundation.accounts.policies import PARTY_ROLES
from foundation.audit.models import AuditEntry
from foundation.audit.operations import record
from foundation.retention import kept_since, require_job

DAY = timedelta(days=1)
USED_CODES_FOR = timedelta(days=365)


def persons_past_time(at: datetime) -> QuerySet[Person]:
    """Persons with an ID number whose every account was closed before the first year that is kept.

    When an account was closed stands in the audit trail; one closed in another way counts as closed now.
    """
    since = kept_since(at)
    closed = AuditEntry.objects.filter(
        subject_type="accounts.user",
        subject_id=OuterRef("pk"),
        action="close_account",
        at__lt=since,
    )
    in_use = User.objects.filter(person=OuterRef("pk")).filter(
        Q(is_active=True) | ~Exists(closed) | Q(last_login__gte=since)
    )
    used = User.objects.filter(person=OuterRef("pk"))
    return (
        Person.objects.exclude(id_number="")
        .filter(Exists(used))
        .filter(~Exists(in_use))
        .order_by("pk")
    )


def addresses_past_time(at: datetime) -> QuerySet[User]:
    """Accounts with a mail address that nobody signed in to for the years kept: parties, and closed staff."""
    since = kept_since(at)
    return User.objects.filter(
        ~Q(email="") | ~Q(email_asked=""),
        Q(role__in=PARTY_ROLES) | Q(role__in=STAFF_ROLES, is_active=False),
        Q(last_login__lt=since) | Q(last_login__isnull=True, date_joined__lt=since),
    ).order_by("pk")


def forget_persons(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty the ID number of up to ``at_most`` former members of staff; how many.

    Their names stay beside what they decided, and the keyed digest by which four eyes are counted (R3).
    """
    require_job(by)
    with transaction.atomic():
        due = list(persons_past_time(at).select_for_update(of=("self",))[:at_most])
        for person in due:
            Person.objects.filter(pk=person.pk).update(id_number="")
            record(at=at, by=by, action="forget_persons", subject=person)
    return len(due)


def forget_addresses(*, by: Actor, at: datetime, at_most: int) -> int:
    """Empty the mail addresses of up to ``at_most`` accounts past their time; how many."""
    require_job(by)
    with transaction.atomic():
        due = list(addresses_past_time(at).select_for_update(of=("self",))[:at_most])
        for account in due:
            User.objects.filter(pk=account.pk).update(email="", email_asked="", email_asked_at=None)
            record(at=at, by=by, action="forget_addresses", subject=account)
    return len(due)


def traces_past_time(at: datetime) -> list[QuerySet[Any]]:
    """Sessions that ended, counts of mails, set-ups of authenticators begun and left, codes used long ago."""
    return [
        Session.objects.filter(expire_date__lt=at),
        ConfirmationMail.objects.filter(at__lt=at - DAY),
        Authenticator.objects.filter(confirmed_at=None, created_at__lt=at - DAY),
        RecoveryCode.objects.filter(used_at__lt=at - USED_CODES_FOR),
    ]


def unconfirmed_past_time(at: datetime) -> QuerySet[User]:
    """Accounts with an address that waits and whose link is no good any more."""
    return User.objects.filter(email_asked_at__lt=at - VALID_FOR - DAY)


def forget_traces(*, by: Actor, at: datetime, at_most: int) -> int:
    """Delete up to ``at_most`` of each kind of trace, and addresses that nobody confirmed; how many."""
    require_job(by)
    done = 0
    for traces in traces_past_time(at):
        pks = list(traces.values_list("pk", flat=True)[:at_most])
        done += traces.model.objects.filter(pk__in=pks).delete()[0]
    pks = list(unconfirmed_past_time(at).values_list("pk", flat=True)[:at_most])
    waiting = unconfirmed_past_time(at).filter(pk__in=pks)
    return done + waiting.update(email_asked="", email_asked_at=None)
