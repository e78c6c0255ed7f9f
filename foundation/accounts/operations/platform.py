"""Accounts of legal persons for whom the unified identity platform vouches (E1, docs/adr/0035)."""

from __future__ import annotations

import secrets
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from foundation.accounts.actors import Actor
from foundation.accounts.models import PlatformIdentity, User
from foundation.accounts.operations.opening import open_account
from foundation.accounts.platform.claims import LegalPerson, UnableToSignOn
from foundation.accounts.platform.queries import roles_open_to
from foundation.accounts.policies import PARTY_ROLES, temporary_is_good
from foundation.accounts.queries import accounts_of_code, password_given_at
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message

ASK_CONTRACTOR = "请联系承办单位核实，由平台管理员处理。"


def sign_on(*, by: Actor, at: datetime, person: LegalPerson) -> User | None:
    """The account that ``person`` is linked to, its assurance level brought up to date; None for a newcomer.

    Raises UnableToSignOn when the platform now says another credit code than at the linking, when another subject is
    linked to the credit code, and for a closed account: a link is never moved.
    """
    with transaction.atomic():
        link = _link_of(person)
        if link is None:
            _require_unlinked(person)
            return None
        if link.credit_code != person.credit_code:
            raise UnableToSignOn(
                "统一身份认证平台返回的统一社会信用代码与本账号首次登录时的不一致。", ASK_CONTRACTOR
            )
        account = User.objects.select_for_update().get(pk=link.account_id)
        if not account.is_active or account.role not in PARTY_ROLES:
            raise UnableToSignOn("该账号已停用。", "如有疑问，请联系承办单位。")
        before = account.assurance_level
        if (before, account.first_name) != (person.level, person.name):
            account.assurance_level, account.first_name = person.level, person.name
            account.save(update_fields=["assurance_level", "first_name"])
        if before != person.level:
            details = {"from": before, "to": person.level}
            record(
                at=at,
                by=Actor(user=account, address=by.address),
                action="change_assurance",
                subject=account,
                details=details,
            )
    return account


def open_vouched_account(*, by: Actor, at: datetime, person: LegalPerson, role: str) -> User:
    """Open the account of a newcomer; it has no password here and signs in by the platform only.

    Raises UnableToSignOn for a role that its kind or an account which exists already does not leave open.
    """
    with transaction.atomic():
        if role not in roles_open_to(person):
            raise UnableToSignOn("贵单位不能以所选身份建立账号。", "请重新登录后选择其他身份。")
        _require_unlinked(person)
        account = open_account(
            username=f"sso-{secrets.token_hex(6)}",
            password=None,
            role=role,
            assurance_level=person.level,
            first_name=person.name,
        )
        _link(account, person, at=at)
        record(
            at=at,
            by=Actor(user=account, address=by.address),
            action="open_vouched_account",
            subject=account,
            details={"role": role, "assurance_level": person.level},
        )
    return account


def join_account(*, by: Actor, at: datetime, person: LegalPerson, account: User) -> User:
    """Link ``person`` to the account of its own credit code, whose password was given just before.

    The password is worthless from now on and other sessions end: there is one way in. Raises UnableToSignOn for an
    account of another organisation, of staff, or linked before.
    """
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=account.pk)
        if account.role not in PARTY_ROLES or account.pk not in accounts_of_code(
            person.credit_code
        ):
            raise UnableToSignOn(
                "该账号登记的单位与统一身份认证平台返回的单位不是同一家，不能绑定。",
                "请确认用户名，或换用本单位的法人账号登录。",
            )
        if account.role not in person.roles:
            raise UnableToSignOn("贵单位的法人类型与该账号的身份不符，不能绑定。", ASK_CONTRACTOR)
        _require_unlinked(person)
        if account.password_temporary and not temporary_is_good(password_given_at(account), at=at):
            raise UnableToSignOn(
                "临时密码已过期。", "请联系承办单位重新设置，并在 14 天内完成绑定。"
            )
        account.assurance_level, account.first_name = person.level, person.name
        account.set_unusable_password()
        account.password_temporary = False
        account.session_epoch = F("session_epoch") + 1
        account.save(
            update_fields=[
                "assurance_level",
                "first_name",
                "password",
                "password_temporary",
                "session_epoch",
            ]
        )
        account.refresh_from_db()
        _link(account, person, at=at)
        actor = Actor(user=account, address=by.address)
        record(at=at, by=actor, action="join_account", subject=account)
        post_message(at=at, to=account.pk, event="account_joined", params={}, link="/account/")
    return account


def release_identity(*, by: Actor, at: datetime, account: User, reason: str) -> User:
    """The command line unlinks an account, so that another subject of the same credit code can be linked to it.

    For the day the platform gives an organisation another subject. A password has to be given to the account first:
    its owner proves with it that the account is theirs.
    """
    if by.role != "job":
        raise OutOfReach("links are never moved by pages")
    with transaction.atomic():
        found, _ = PlatformIdentity.objects.filter(account=account).delete()
        if not found:
            raise OutOfReach("no link")
        User.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
        record(at=at, by=by, action="release_identity", subject=account, reason=reason)
    return account


def _link_of(person: LegalPerson) -> PlatformIdentity | None:
    return PlatformIdentity.objects.filter(issuer=person.issuer, subject=person.subject).first()


def _require_unlinked(person: LegalPerson) -> None:
    if PlatformIdentity.objects.filter(credit_code=person.credit_code).exists():
        raise UnableToSignOn(
            "该统一社会信用代码已绑定另一个统一身份认证平台账号，不能再绑定本账号。", ASK_CONTRACTOR
        )


def _link(account: User, person: LegalPerson, *, at: datetime) -> None:
    """One subject, one credit code, one account: the unique constraints decide between two who come at once."""
    try:
        with transaction.atomic():
            PlatformIdentity.objects.create(
                account=account,
                issuer=person.issuer,
                subject=person.subject,
                credit_code=person.credit_code,
                linked_at=at,
            )
    except IntegrityError:
        raise UnableToSignOn(
            "该账号或该单位刚刚已经绑定。", "请从登录页重新登录；仍然不行的，请联系承办单位。"
        ) from None
