"""When a token may be made; values only."""

from __future__ import annotations

from datetime import timedelta

from foundation.errors import Refusal

# How long a token may live, days: for parties, and for staff.
DAYS_OFFERED = (7, 30, 90, 180, 365)
STAFF_DAYS_MAX = 90
LIVE_TOKENS_MAX = 10
NAME_LENGTH_MAX = 60
# The owner sees on which day a token was used, and no token costs a write with each call.
USE_NOTED_EVERY = timedelta(minutes=10)
# A client that repeats a call has this long to do so.
ANSWERS_KEPT_FOR = timedelta(hours=48)


class UnableToMakeToken(Refusal):
    """A token that cannot be made as asked."""


def require_sound_token(*, name: str, days: int, is_staff: bool, live: int) -> str:
    """The name without blanks around it; raises UnableToMakeToken."""
    name = name.strip()
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise UnableToMakeToken(
            f"请写明令牌的用途，不超过 {NAME_LENGTH_MAX} 个字，例如“财务系统”。", field="name"
        )
    if days not in DAYS_OFFERED:
        raise UnableToMakeToken("请从列出的有效期中选择。", field="days")
    if is_staff and days > STAFF_DAYS_MAX:
        raise UnableToMakeToken(
            f"工作人员的令牌有效期最长 {STAFF_DAYS_MAX} 天，请选择较短的有效期。", field="days"
        )
    if live >= LIVE_TOKENS_MAX:
        raise UnableToMakeToken(f"有效的令牌已达 {LIVE_TOKENS_MAX} 个，请先停用不再使用的令牌。")
    return name


def require_account_ready(
    *, has_role: bool, is_password_temporary: bool, lacks_second_factor: bool
) -> None:
    """Raises UnableToMakeToken for an account that could not sign in to the end."""
    if not has_role:
        raise UnableToMakeToken("该账号没有角色，不能使用接口。")
    if is_password_temporary:
        raise UnableToMakeToken("请先修改初始密码，再建立令牌。")
    if lacks_second_factor:
        raise UnableToMakeToken("工作人员须先启用二次验证，再建立令牌。")
