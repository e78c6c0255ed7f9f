"""What the platform vouches for, read out of its claims; whatever is not plainly there is refused (E1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from foundation.accounts.models import Role
from foundation.credit_codes import BadCreditCode, check_credit_code
from foundation.errors import Refusal

ASSURANCE_LEVEL_MIN = 1
NAME_LENGTH_MAX = 120
SUBJECT_LENGTH_MAX = 255


class UnableToSignOn(Refusal):
    """Somebody whom the platform sent, and who does not come in. ``remedy`` says what to do."""

    rule = "E1"

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


@dataclass(frozen=True)
class LegalPerson:
    """A legal person as the platform vouches for it; ``level`` is its assurance level, 1 for L1."""

    issuer: str
    subject: str
    credit_code: str
    name: str
    kind: str
    level: int

    @property
    def roles(self) -> tuple[Role, ...]:
        """What an account of this kind of legal person may be."""
        return tuple(Role(role) for role, kinds in settings.SSO_KINDS.items() if self.kind in kinds)

    @property
    def kept(self) -> dict[str, Any]:
        """The same as plain values, for the session."""
        return asdict(self)


def legal_person_in(claims: Mapping[str, Any]) -> LegalPerson:
    """The legal person that verified ``claims`` speak of. Raises UnableToSignOn for whatever E1 does not let in."""
    names: Mapping[str, str] = settings.SSO_CLAIMS
    subject, kind, level, code, name = (
        _text(claims.get(claim))
        for claim in (
            "sub",
            *(names[part] for part in ("kind", "level", "credit_code", "name")),
        )
    )
    if not subject or len(subject) > SUBJECT_LENGTH_MAX:
        raise _unreadable("账号标识")
    if not kind:
        raise _unreadable("法人类型")
    if not level:
        raise _unreadable("可信级别")
    if not any(kind in kinds for kinds in settings.SSO_KINDS.values()):
        raise UnableToSignOn(
            "您使用的不是可以办理服务券业务的法人账号。",
            "请在统一身份认证平台退出个人账号或其他类型的账号，换用本单位的法人账号重新登录。",
        )
    # A level that nobody has said the meaning of counts as none.
    number = settings.SSO_LEVELS.get(level, 0)
    if number < ASSURANCE_LEVEL_MIN:
        raise UnableToSignOn(
            "您的法人账号可信级别不足，须达到 L1 或以上级别。",
            "请先在广东省统一身份认证平台完成法人账号的实名核验，再重新登录。",
        )
    if not code:
        raise _unreadable("统一社会信用代码")
    try:
        code = check_credit_code(code)
    except BadCreditCode:
        raise _unreadable("统一社会信用代码") from None
    if not name or len(name) > NAME_LENGTH_MAX or not name.isprintable():
        raise _unreadable("单位名称")
    return LegalPerson(settings.SSO_ISSUER, subject, code, name, kind, number)


def signs_up_here(role: Role) -> bool:
    """Whether accounts of this role are opened by local sign-up: those whom the platform does not serve."""
    return not (settings.SSO_ISSUER and settings.SSO_KINDS.get(role))


def _text(value: Any) -> str:
    """A claim as text; "" for what is none: true is no level and a list is no code."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return ""
    return str(value).strip()


def _unreadable(what: str) -> UnableToSignOn:
    return UnableToSignOn(
        f"统一身份认证平台没有提供有效的{what}，无法确认您的单位。",
        "请在统一身份认证平台补充并核验法人信息后重新登录；仍然不行的，请联系承办单位。",
    )
