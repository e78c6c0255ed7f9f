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
# To one mailbox, whoever asks.
MAILS_A_DAY_MAX = 6
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


class NotVouchedFor(Refusal):
    """A credit code that this account may not register under."""

    rule = "E1"


def require_vouched(credit_code: str, *, vouched: str, elsewhere: bool) -> None:
    """Raises NotVouchedFor for another code than the identity platform's, or one that it vouches for to another account.

    ``vouched``: "" for a local account.
    """
    if vouched and credit_code != vouched:
        raise NotVouchedFor(
            f"本账号经统一身份认证平台确认的统一社会信用代码是 {vouched}，只能登记该单位。",
            field="credit_code",
        )
    if elsewhere:
        raise NotVouchedFor(
            "该单位已通过统一身份认证平台建立账号，请使用统一身份认证平台登录办理。",
            field="credit_code",
        )


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


def require_not_flooded(mails: int, *, field: str) -> None:
    """Raises UnableToSetAddress when the mailbox had so many confirmation mails within a day, from all accounts."""
    if mails >= MAILS_A_DAY_MAX:
        raise UnableToSetAddress(
            "该邮箱一天内收到的确认邮件已达上限，请明天再登记，或使用其他邮箱。", field=field
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


# --- Second factor -------------------------------------------------------------------------

# Wrong codes that cost nothing; from then on each one doubles the wait.
FREE_CODES = 5
FIRST_WAIT = timedelta(seconds=15)
WAIT_MAX = timedelta(minutes=15)
RESET_OPEN_FOR = timedelta(days=7)


class UnableToVerify(Refusal):
    """A code that proves nothing now."""


class UnableToReset(Refusal):
    """A second factor that cannot be reset so."""

    rule = "R3"


def wait_after(failures: int) -> timedelta:
    """How long one waits after so many wrong codes in a row."""
    if failures < FREE_CODES:
        return timedelta(0)
    return min(FIRST_WAIT * 2 ** min(failures - FREE_CODES, 10), WAIT_MAX)


def require_not_waiting(failures: int, failed_at: datetime | None, *, at: datetime) -> None:
    """Raises UnableToVerify while the last wrong code still makes the account wait."""
    if failed_at is not None and at < failed_at + wait_after(failures):
        left = spoken_wait(failed_at + wait_after(failures) - at)
        raise UnableToVerify(f"验证码连续输错多次，请在 {left}后再试。", field="code")


def spoken_wait(span: timedelta) -> str:
    """A short wait, rounded up: 45 秒, 2 分钟."""
    seconds = -(-span // timedelta(seconds=1))
    return f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"


# A password that somebody else gave, until its owner has replaced it.
TEMPORARY_FOR = timedelta(days=14)


def temporary_is_good(given_at: datetime | None, *, at: datetime) -> bool:
    """Whether a temporary password still counts; that moment itself is in time."""
    return given_at is None or at <= given_at + TEMPORARY_FOR


class UnableToVouch(Refusal):
    """A first authenticator that this person cannot vouch for."""

    rule = "R3"


def require_voucher(
    person: int | None, *, owner: int | None, knows_password: set[int | None]
) -> None:
    """Raises UnableToVouch for the owner, and for who opened the account or gave it its password (R3)."""
    if person is None or person == owner or person in knows_password:
        raise UnableToVouch(
            "须由另一位工作人员确认：开设该账号、重置过其密码的人和使用人本人都不能确认。"
        )


def require_waiting(confirmed: bool, vouched: bool) -> None:
    """Raises UnableToVouch when nobody waits for it."""
    if not confirmed:
        raise UnableToVouch("使用人还没有设置身份验证器，请其先登录并完成设置。")
    if vouched:
        raise UnableToVouch("该账号的身份验证器已经确认。")


def reset_is_open(asked_at: datetime | None, *, at: datetime) -> bool:
    """Whether a reset was asked for and can still be granted."""
    return asked_at is not None and at <= asked_at + RESET_OPEN_FOR


def require_no_open_reset(asked_at: datetime | None, *, at: datetime) -> None:
    """Raises UnableToReset while one is open."""
    if reset_is_open(asked_at, at=at):
        raise UnableToReset("已有人申请重置该账号的二次验证，请由另一位工作人员同意或撤销。")


def require_open_reset(asked_at: datetime | None, *, at: datetime) -> None:
    """Raises UnableToReset when none was asked for within the last seven days."""
    if not reset_is_open(asked_at, at=at):
        raise UnableToReset("目前没有待同意的重置申请，请先申请；申请 7 天内有效。")


def require_second_person(person: int | None, others: set[int | None]) -> None:
    """Raises UnableToReset for one of the persons who already have a hand in it; counted in persons (R3)."""
    if person is None or person in others:
        raise UnableToReset(
            "重置二次验证须由两人办理：申请人和账号使用人不能同意，请由另一人办理。"
        )
