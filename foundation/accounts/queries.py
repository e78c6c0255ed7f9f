"""Reading accounts."""

from __future__ import annotations

from django.db.models import QuerySet

from foundation.accounts.models import STAFF_ROLES, Role, User


def accounts_visible_to(user: User) -> QuerySet[User]:
    """The staff accounts of the bureau's own city; nobody else looks at accounts (rulebook section 1)."""
    if user.role != Role.BUREAU or user.city_id is None:
        return User.objects.none()
    return User.objects.filter(city_id=user.city_id, role__in=STAFF_ROLES)


def bureau_accounts_of(city_id: int) -> QuerySet[User]:
    """The open bureau accounts of a city, for messages to all of them."""
    return User.objects.filter(role=Role.BUREAU, city_id=city_id, is_active=True)


def contractor_accounts_of(city_id: int | None) -> QuerySet[User]:
    """The open contractor accounts of a city, or with None those of the province contractor."""
    return User.objects.filter(role=Role.CONTRACTOR, city_id=city_id, is_active=True)
