"""When an account may be opened or closed, and its mail address set; values only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from foundation.accounts.models import MailChoice, Role
from foundation.errors import Refusal
from foundation.moments import spoken

PARTY_ROLES = frozenset({Role.ENTERPRISE, Role.PROVIDER})
# Whom a city's bureau lets in; bureau and province accounts are opened on the command line.
ROLES_OPENED_BY_BUREAU = frozenset({Role.CONTRACTOR, Role.EXPERT, Role.DISTRICT})
ADDRESS_LENGTH_MAX = 254
ASK_AGAIN_AFTER = timedelta(minutes=2)
ASKS_A_DAY_MAX = 5
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


class UnableToSetAddress(Refusal):
    """A mail address, or a choice of mails, that cannot be set as asked."""


class UnableToConfirmAddress(Refusal):
    """A link that confirms no address."""


def require_address(address: str, *, in_use: str = "", field: str = "address") -> str:
    """The address without blanks around it; raises UnableToSetAddress for what is none, or is in use already.

    ``field``: where the form that asks for it shows a refusal.
    """
    address = address.strip()
    try:
        EmailValidator()(address)
    except ValidationError:
        raise UnableToSetAddress(
            "请填写有效的电子邮箱，例如 name@example.com。", field=field
        ) from None
    if len(address) > ADDRESS_LENGTH_MAX or not address.isascii():
        raise UnableToSetAddress(
            "电子邮箱只能用英文字母、数字和符号，不超过 254 个字符。", field=field
        )
    if address == in_use:
        raise UnableToSetAddress("该邮箱正在使用，无需重新确认。", field=field)
    return address


def require_not_too_often(asked: Sequence[datetime], *, at: datetime) -> None:
    """Raises UnableToSetAddress two minutes and less after a mail was asked for, and after five within a day.

    ``asked``: the moments of the last day, newest first.
    """
    if asked and at < asked[0] + ASK_AGAIN_AFTER:
        raise UnableToSetAddress(
            "确认邮件刚刚发送过，请先查看收件箱和垃圾邮件，两分钟后可以重新发送。", field="address"
        )
    if len(asked) >= ASKS_A_DAY_MAX:
        raise UnableToSetAddress(
            f"一天内最多发送 {ASKS_A_DAY_MAX} 次确认邮件，请明天再试，或联系承办单位。",
            field="address",
        )


def require_link_in_time(*, until: datetime, at: datetime) -> None:
    """Raises UnableToConfirmAddress after ``until``; that moment itself is in time."""
    if at > until:
        raise UnableToConfirmAddress(
            f"该链接已于 {spoken(until)} 失效。请登录平台，在“邮箱与通知”中重新发送确认邮件。"
        )


def require_mail_choice(choice: str) -> MailChoice:
    """Raises UnableToSetAddress for a choice that is not offered."""
    if choice not in MailChoice.values:
        raise UnableToSetAddress("请选择要接收的邮件。", field="choice")
    return MailChoice(choice)
