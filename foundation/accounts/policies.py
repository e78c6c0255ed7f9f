"""When an account may be opened or closed; values only."""

from __future__ import annotations

from foundation.accounts.models import Role
from foundation.errors import Refusal

PARTY_ROLES = frozenset({Role.ENTERPRISE, Role.PROVIDER})
# Whom a city's bureau lets in; bureau and province accounts are opened on the command line.
ROLES_OPENED_BY_BUREAU = frozenset({Role.CONTRACTOR, Role.EXPERT, Role.DISTRICT})
ADMIN_ROLES = frozenset({Role.CONTRACTOR, Role.EXPERT, Role.BUREAU})


class UnableToOpenAccount(Refusal):
    """An account that cannot be opened as asked."""


class UnableToCloseAccount(Refusal):
    """An account that cannot be closed now."""


class UnableToSetPassword(Refusal):
    """A password that cannot be given to this account."""


def check_reach(
    role: str, *, city_code: str | None, district_city_code: str | None, province_wide: bool
) -> None:
    """Raises UnableToOpenAccount unless the account's city and district fit its role (rulebook section 1)."""
    if role == Role.DISTRICT and district_city_code is None:
        raise UnableToOpenAccount("区主管部门账号必须选择所在区。", field="district")
    if role != Role.DISTRICT and district_city_code is not None:
        raise UnableToOpenAccount("只有区主管部门账号才选择所在区。", field="district")
    if district_city_code is not None and district_city_code != city_code:
        raise UnableToOpenAccount("所选的区不属于所选地市，请重新选择。", field="district")
    if role == Role.PROVINCE or (role == Role.CONTRACTOR and province_wide):
        if city_code is not None:
            raise UnableToOpenAccount("省级账号不选择地市。", field="city")
    elif city_code is None:
        raise UnableToOpenAccount("请选择账号所属的地市。", field="city")


def check_open(is_active: bool) -> None:
    """Raises UnableToCloseAccount for an account that is closed already."""
    if not is_active:
        raise UnableToCloseAccount("该账号已经停用。")


def check_not_self(own_pk: int | None, pk: int) -> None:
    """Raises UnableToCloseAccount when somebody would lock themselves out."""
    if own_pk == pk:
        raise UnableToCloseAccount("不能停用自己正在使用的账号。")
