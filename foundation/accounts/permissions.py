"""Who may open and close accounts."""

from __future__ import annotations

from foundation.accounts.actors import Actor, require_role, require_staff_of
from foundation.accounts.models import Role, User
from foundation.accounts.policies import ROLES_OPENED_BY_BUREAU
from foundation.errors import OutOfReach


def require_may_open(by: Actor, *, role: str, city_id: int | None) -> None:
    """The bureau opens accounts of its own city for contractor, expert and district; the command line any staff."""
    if by.role == "job":
        return
    require_role(by, Role.BUREAU)
    if role not in ROLES_OPENED_BY_BUREAU or city_id is None:
        raise OutOfReach(f"the bureau opens no {role} account here")
    require_staff_of(by, city_id, Role.BUREAU)


def require_may_manage(by: Actor, account: User) -> None:
    """The bureau closes the accounts it may open, and resets their passwords and second factors; the command line any."""
    if by.role == "job":
        return
    require_role(by, Role.BUREAU)
    if account.role not in ROLES_OPENED_BY_BUREAU or account.city_id is None:
        raise OutOfReach(f"the bureau manages no {account.role} account here")
    require_staff_of(by, account.city_id, Role.BUREAU)
