"""Who acts: the ``by`` of every operation."""

from __future__ import annotations

from dataclasses import dataclass

from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach, Refusal
from foundation.personal_data import keys_of


@dataclass(frozen=True)
class Actor:
    """A signed-in account at a network address, a named job, or the public (neither user nor job)."""

    user: User | None = None
    address: str = ""
    job: str = ""

    @property
    def role(self) -> str:
        """The account's role, "job", or "public"."""
        if self.user is not None:
            return self.user.role
        return "job" if self.job else "public"

    @property
    def person_id(self) -> int | None:
        """The natural person behind the account, for four eyes (R3)."""
        return self.user.person_id if self.user is not None else None

    @property
    def label(self) -> str:
        """How the audit trail names the actor."""
        if self.user is not None:
            return self.user.shown_name
        return f"系统任务 {self.job}" if self.job else "公众"


def job(name: str) -> Actor:
    """The actor of a scheduled job."""
    return Actor(job=name)


def require_role(by: Actor, *roles: Role | str) -> None:
    """Raises OutOfReach (404) unless the actor has one of the roles; being a superuser does not help."""
    if by.role not in {str(role) for role in roles}:
        raise OutOfReach(f"role {by.role} may not do this")


def require_staff_of(by: Actor, city_id: int | None, *roles: Role | str) -> None:
    """As ``require_role``, and the account's city must be ``city_id`` (None: the province contractor)."""
    require_role(by, *roles)
    if by.user is None or by.user.city_id != city_id:
        raise OutOfReach("another city's object")


class OwnMatter(Refusal):
    """A decision about a party of which the decider is the representative, handler or contact (R3)."""

    rule = "R3"


def require_not_party(by: Actor, *keys: str) -> None:
    """Raises OwnMatter when the person behind the account is one of those whose ID numbers have these look-up keys.

    Party accounts name no person, so four eyes between staff alone would not see one who sits on both sides.
    """
    person = by.user.person if by.user is not None else None
    if person is not None and keys_of(person, "id_number") & set(keys):
        raise OwnMatter("您是该单位的法定代表人、经办人或联系人，按回避要求，请由其他人员办理。")
