"""Passwords: changed by their owner, given anew by the bureau, and proved again before a sensitive act."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from foundation.accounts import permissions
from foundation.accounts.actors import Actor
from foundation.accounts.models import PlatformIdentity, User
from foundation.accounts.policies import UnableToSetPassword
from foundation.accounts.sessions import is_staff_account
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message


def set_sound_password(account: User, password: str, *, field: str = "password") -> None:
    """Give the unsaved ``account`` a password that the configured validators take. Raises UnableToSetPassword."""
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise UnableToSetPassword("".join(error.messages), field=field) from None
    account.set_password(password)


def change_password(*, by: Actor, at: datetime, password: str) -> User:
    """Give one's own account a new password, which ends its other sessions.

    It is one's own from now on. Raises UnableToSetPassword, for the present one too: whoever gave it may know it.
    """
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=by.user.pk)
        if account.check_password(password):
            raise UnableToSetPassword("新密码不能与原密码相同，请另设一个。", field="password")
        set_sound_password(account, password)
        account.password_temporary = False
        account.save(update_fields=["password", "password_temporary"])
        record(at=at, by=by, action="change_password", subject=account)
    return account


def reset_password(*, by: Actor, at: datetime, account: User, password: str) -> User:
    """Give an account a new password, the bureau to staff, the command line to any, which ends its sessions and must be changed at the next sign-in.

    Whoever gave it knows it, so it opens nothing by itself: the second factor stays, and the owner is told.
    Raises UnableToSetPassword.
    """
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=account.pk)
        permissions.require_may_manage(by, account)
        if PlatformIdentity.objects.filter(account=account).exists():
            raise UnableToSetPassword("该账号只通过统一身份认证平台登录，不设密码。")
        set_sound_password(account, password)
        account.password_temporary = True
        account.save(update_fields=["password", "password_temporary"])
        record(at=at, by=by, action="reset_password", subject=account)
        post_message(
            at=at, to=account.pk, event="password_reset", params={"by": by.label}, link="/account/"
        )
    return account


def end_other_sessions(*, by: Actor, at: datetime) -> User:
    """End every session of one's own account; the page that asked goes on in the present one."""
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=by.user.pk)
        account.session_epoch += 1
        account.save(update_fields=["session_epoch"])
        record(at=at, by=by, action="end_other_sessions", subject=account)
    return account


def note_sign_in(*, by: Actor, at: datetime) -> User:
    """Keep in the audit trail that a member of staff signed in, and from where; parties are not followed."""
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    if is_staff_account(by.user):
        record(at=at, by=by, action="sign_in", subject=by.user)
    return by.user
