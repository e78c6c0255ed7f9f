"""Who may do what with an enterprise and its files."""

from __future__ import annotations

from enterprises.models import Enterprise
from foundation.accounts.actors import Actor, require_role, require_staff_of
from foundation.accounts.models import Role
from foundation.errors import OutOfReach

# Who may ask for personal data in clear; each time is recorded (F5).
REVEALING_ROLES = frozenset({Role.CONTRACTOR, Role.BUREAU})
REVIEWING_ROLES = frozenset({Role.CONTRACTOR})


def require_own(by: Actor, enterprise: Enterprise) -> None:
    """The actor is the enterprise's one account (E1); raises OutOfReach."""
    require_role(by, Role.ENTERPRISE)
    if by.user is None or enterprise.account_id != by.user.pk:
        raise OutOfReach("another enterprise's object")


def require_reviewer(by: Actor, enterprise: Enterprise) -> None:
    """The actor is the contractor of the enterprise's city (E6); raises OutOfReach."""
    require_staff_of(by, enterprise.city_id, *REVIEWING_ROLES)


def require_revealer(by: Actor, enterprise: Enterprise) -> None:
    """The actor may see this enterprise's personal data in clear (F5); raises OutOfReach."""
    require_staff_of(by, enterprise.city_id, *REVEALING_ROLES)
