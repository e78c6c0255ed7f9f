"""Who may do what with claims; the state of things is asked elsewhere. All raise OutOfReach (404)."""

from __future__ import annotations

from foundation.accounts.actors import Actor, require_role, require_staff_of
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach
from redemption.models import Claim


def require_provider_of(by: Actor, claim: Claim) -> User:
    """The account of the provider whose claim it is (R1)."""
    require_role(by, Role.PROVIDER)
    if by.user is None or claim.provider.account_id != by.user.pk:
        raise OutOfReach("another provider's claim")
    return by.user


def require_contractor_of(by: Actor, claim: Claim) -> User:
    """A contractor of the city whose programme pays (R2, R5)."""
    return _staff_of_city(by, claim.programme.city_id, Role.CONTRACTOR)


def require_bureau_of(by: Actor, claim: Claim) -> User:
    """The bureau of the city whose programme pays (R3, R4); a superuser is no exception."""
    return _staff_of_city(by, claim.programme.city_id, Role.BUREAU)


def require_city_staff(by: Actor, city_id: int) -> User:
    """Contractor or bureau of a city, for the report and the archive (R6)."""
    return _staff_of_city(by, city_id, Role.CONTRACTOR, Role.BUREAU)


def require_bureau_of_city(by: Actor, city_id: int) -> User:
    """The bureau of a city (R4)."""
    return _staff_of_city(by, city_id, Role.BUREAU)


def _staff_of_city(by: Actor, city_id: int, *roles: Role) -> User:
    require_staff_of(by, city_id, *roles)
    if by.user is None:
        raise OutOfReach("no account")
    return by.user
