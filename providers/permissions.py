"""Who may do what with a provider, its change requests and its products."""

from __future__ import annotations

from foundation.accounts.actors import Actor, require_role, require_staff_of
from foundation.accounts.models import Role
from foundation.errors import OutOfReach
from providers.models import Provider
from providers.queries import reviewer_city_id


def require_owner(by: Actor, provider: Provider) -> None:
    """The actor is the provider's one account; raises OutOfReach."""
    require_role(by, Role.PROVIDER)
    if by.user is None or provider.account_id != by.user.pk:
        raise OutOfReach("another provider's object")


def require_reviewer(by: Actor, provider: Provider) -> None:
    """The actor is the contractor of the provider's level and city (P2); raises OutOfReach."""
    require_staff_of(by, reviewer_city_id(provider), Role.CONTRACTOR)
