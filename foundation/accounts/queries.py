"""Reading accounts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from foundation.accounts.models import STAFF_ROLES, Authenticator, PlatformIdentity, Role, User
from foundation.audit.models import AuditEntry


def accounts_visible_to(user: User) -> QuerySet[User]:
    """The staff accounts of the bureau's own city; nobody else looks at accounts (rulebook section 1)."""
    if user.role != Role.BUREAU or user.city_id is None:
        return User.objects.none()
    return User.objects.filter(city_id=user.city_id, role__in=STAFF_ROLES)


def authenticator_of(account: User) -> Authenticator | None:
    """The authenticator in use for an account, None where none is."""
    held = account.authenticators.filter(confirmed_at__isnull=False)
    return held.select_related("reset_asked_by__person").first()


def persons_who_know_the_password(account: User) -> set[int | None]:
    """The persons who opened the account or gave it a password since: they could have been the first to sign in to it.

    Empty for one that only the command line has opened and given a password.
    """
    given = AuditEntry.objects.filter(
        subject_type="accounts.user",
        subject_id=account.pk,
        action__in=("open_staff_account", "reset_password"),
        actor__isnull=False,
    )
    return set(given.values_list("actor__person", flat=True))


def password_given_at(account: User) -> datetime | None:
    """When somebody else last gave the account a password; None when it is not known."""
    given = AuditEntry.objects.filter(
        subject_type="accounts.user",
        subject_id=account.pk,
        action__in=("open_staff_account", "reset_password"),
    )
    return given.order_by("-id").values_list("at", flat=True).first()


def is_vouched_for(account: User) -> bool:
    """Whether the authenticator in use opens the account."""
    return account.authenticators.filter(vouched_at__isnull=False).exists()


def bureau_accounts_of(city_id: int) -> QuerySet[User]:
    """The open bureau accounts of a city, for messages to all of them."""
    return User.objects.filter(role=Role.BUREAU, city_id=city_id, is_active=True)


def contractor_accounts_of(city_id: int | None) -> QuerySet[User]:
    """The open contractor accounts of a city, or with None those of the province contractor."""
    return User.objects.filter(role=Role.CONTRACTOR, city_id=city_id, is_active=True)


# --- The unified identity platform (E1) ----------------------------------------------------


def vouched_code(account: User) -> str:
    """The credit code that the platform vouches for; "" for a local account."""
    found = PlatformIdentity.objects.filter(account=account).values_list("credit_code", flat=True)
    return found.first() or ""


def vouched_elsewhere(credit_code: str, *, account: User) -> bool:
    """Whether the platform vouches for this credit code to another account of the same role."""
    others = PlatformIdentity.objects.filter(credit_code=credit_code, account__role=account.role)
    return others.exclude(account=account).exists()


# --- The organisations behind party accounts ----------------------------------------------


def _parties() -> Iterator[QuerySet[Any]]:
    """What settings.PARTIES names: rows with account_id, name, credit_code and city_id, known only above."""
    for path in settings.PARTIES:
        yield import_string(path)()


def accounts_of_code(credit_code: str) -> list[int]:
    """The primary keys of the accounts of an organisation: its enterprise's, its provider's, both or none."""
    return [
        pk
        for parties in _parties()
        for pk in parties.filter(credit_code=credit_code).values_list("account_id", flat=True)
    ]


def identity_keys_of_code(credit_code: str) -> set[str]:
    """Look-up keys of the ID numbers of who represents an organisation, by what settings.PARTY_PERSONS names (R3)."""
    return {key for path in settings.PARTY_PERSONS for key in import_string(path)(credit_code)}


def organisation_names(accounts: Iterable[int]) -> dict[int, str]:
    """The registered name behind each account that has one, by primary key; one query for each side."""
    wanted = list(accounts)
    return {
        pk: name
        for parties in _parties()
        for pk, name in parties.filter(account__in=wanted).values_list("account_id", "name")
        if name
    }


def accounts_in_city(city_id: int) -> Q:
    """Condition over accounts: the city's staff, and the parties registered in the city (rulebook section 1)."""
    condition = Q(city_id=city_id)
    for parties in _parties():
        condition |= Q(pk__in=parties.filter(city_id=city_id).order_by().values("account_id"))
    return condition
