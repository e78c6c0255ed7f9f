"""The second factor of staff: set up, proved at each sign-in, renewed, and reset by two persons (R3)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F
from django.utils.crypto import constant_time_compare

from foundation.accounts import permissions, policies
from foundation.accounts.actors import Actor
from foundation.accounts.models import Authenticator, RecoveryCode, User
from foundation.accounts.one_time_codes import (
    RECOVERY_CODES,
    check_words,
    is_time_code,
    new_key,
    new_recovery_code,
    normal,
    recovery_digests,
    step_of,
)
from foundation.accounts.policies import UnableToVerify
from foundation.accounts.queries import persons_who_know_the_password
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message

PAGE = "/account/"
WRONG_CODE = "验证码不正确，或已经用过。请输入验证器当前显示的 6 位数字，或一个未用过的恢复码。"


def begin_authenticator(*, by: Actor, at: datetime) -> Authenticator:
    """Make a secret for a new authenticator of one's own account; begun again, the same one goes on.

    An authenticator in use stays in use until the new one is confirmed.
    """
    account = _self(by)
    with transaction.atomic():
        _lock(account)
        begun = account.authenticators.filter(confirmed_at=None).first()
        if begun is not None:
            return begun
        return Authenticator.objects.create(account=account, key=new_key(), created_at=at)


def confirm_authenticator(*, by: Actor, at: datetime, code: str) -> list[str]:
    """Take the authenticator that was begun into use, by a code it shows: the new recovery codes come back, once.

    The one in use before, and its recovery codes, are worthless from now on. Raises UnableToVerify.
    """
    account, codes = _self(by), [new_recovery_code() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        _lock(account)
        begun = account.authenticators.filter(confirmed_at=None).first()
        if begun is None:
            raise UnableToVerify("设置已经完成或已过期，请从头开始设置。")
        policies.require_not_waiting(begun.failures, begun.failed_at, at=at)
        step = step_of(begun.key, normal(code), at=at, after=begun.last_step)
        if step is None:
            _count_failure(begun, at)
        else:
            before = account.authenticators.filter(confirmed_at__isnull=False).first()
            if before is not None:
                # Whoever replaces one has proved it: the new one is as good as the old.
                begun.vouched_at, begun.vouched_by = before.vouched_at, before.vouched_by
                before.delete()
            elif not persons_who_know_the_password(account):
                begun.vouched_at = at
            begun.confirmed_at, begun.last_step, begun.failures = at, step, 0
            begun.save()
            _replace_recovery_codes(account, codes)
            record(at=at, by=by, action="confirm_authenticator", subject=account)
    if step is None:
        raise UnableToVerify(
            "验证码不正确。请确认手机时间准确，输入验证器当前显示的 6 位数字。", field="code"
        )
    return codes


def vouch_for_factor(
    *, by: Actor, at: datetime, account: User, code: str = "", reason: str = ""
) -> User:
    """A second person of the bureau has seen the owner, who read out the check characters: the account opens (R3).

    Raises UnableToVouch for the owner and for whoever knows or knew the account's password, and for other characters
    than those that the owner's page shows. The command line gives a ``reason`` instead: where no such person is left.
    """
    with transaction.atomic():
        permissions.require_may_manage(by, account)
        held = _held(account)
        policies.require_waiting(confirmed=True, vouched=held.vouched_at is not None)
        if by.role != "job":
            policies.require_voucher(
                by.person_id,
                owner=account.person_id,
                knows_password=persons_who_know_the_password(account),
            )
        right = by.role == "job" or constant_time_compare(
            normal(code), normal(check_words(held.pk, held.key))
        )
        if not right:
            raise policies.UnableToVouch(
                "核对码不一致。请当面或电话与使用人核对其页面上显示的 8 位核对码；"
                "使用人说没有登录过的，请立即停用该账号。",
                field="code",
            )
        held.vouched_at, held.vouched_by = at, by.user
        held.save(update_fields=["vouched_at", "vouched_by"])
        record(at=at, by=by, action="vouch_for_factor", subject=account, reason=reason)
        post_message(
            at=at, to=account.pk, event="factor_vouched", params={"by": by.label}, link=PAGE
        )
    return account


def verify_second_factor(*, by: Actor, at: datetime, code: str) -> User:
    """Prove that the actor holds the account's authenticator, or one of its recovery codes; each code is good once.

    Wrong codes make the account wait longer and longer. Raises UnableToVerify.
    """
    account = _self(by)
    typed = normal(code)
    with transaction.atomic():
        held = _held(account)
        policies.require_not_waiting(held.failures, held.failed_at, at=at)
        if is_time_code(typed):
            step = step_of(held.key, typed, at=at, after=held.last_step)
            proved = step is not None
            held.last_step = step or held.last_step
        else:
            proved = _use_recovery_code(account, typed, at=at)
        if proved:
            held.failures, held.failed_at = 0, None
            held.save(update_fields=["last_step", "failures", "failed_at"])
            if not is_time_code(typed):
                record(at=at, by=by, action="use_recovery_code", subject=account)
        else:
            _count_failure(held, at)
            if held.failures % policies.FREE_CODES == 0:
                details = {"failures": held.failures}
                record(at=at, by=by, action="fail_second_factor", subject=account, details=details)
    if not proved:
        raise UnableToVerify(WRONG_CODE, field="code")
    return account


def renew_recovery_codes(*, by: Actor, at: datetime) -> list[str]:
    """New recovery codes for one's own account; the old ones are worthless. They come back once."""
    account, codes = _self(by), [new_recovery_code() for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        _held(account)
        _replace_recovery_codes(account, codes)
        record(at=at, by=by, action="renew_recovery_codes", subject=account)
    return codes


def ask_factor_reset(*, by: Actor, at: datetime, account: User, reason: str) -> User:
    """One of the bureau asks that an account may set up its second factor anew; another person decides (R3)."""
    with transaction.atomic():
        permissions.require_may_manage(by, account)
        held = _held(account)
        policies.require_no_open_reset(held.reset_asked_at, at=at)
        held.reset_asked_by, held.reset_asked_at = by.user, at
        held.save(update_fields=["reset_asked_by", "reset_asked_at"])
        record(at=at, by=by, action="ask_factor_reset", subject=account, reason=reason)
        post_message(
            at=at, to=account.pk, event="factor_reset_asked", params={"by": by.label}, link=PAGE
        )
    return account


def grant_factor_reset(*, by: Actor, at: datetime, account: User) -> User:
    """A second person of the bureau agrees: the authenticator and its codes are gone, sessions ended (R3).

    Raises UnableToReset for the person who asked, and for the person whose account it is.
    """
    with transaction.atomic():
        permissions.require_may_manage(by, account)
        held = _held(account)
        policies.require_open_reset(held.reset_asked_at, at=at)
        asker = held.reset_asked_by
        policies.require_second_person(
            by.person_id, {asker.person_id if asker else None, account.person_id}
        )
        _remove(account)
        record(at=at, by=by, action="grant_factor_reset", subject=account)
        post_message(at=at, to=account.pk, event="factor_reset", params={"by": by.label}, link=PAGE)
    return account


def withdraw_factor_reset(*, by: Actor, at: datetime, account: User) -> User:
    """Any of the bureau, or the account's own user, stops a reset that was asked for. Raises UnableToReset."""
    with transaction.atomic():
        if by.user is None or by.user.pk != account.pk:
            permissions.require_may_manage(by, account)
        held = _held(account)
        policies.require_open_reset(held.reset_asked_at, at=at)
        held.reset_asked_by = held.reset_asked_at = None
        held.save(update_fields=["reset_asked_by", "reset_asked_at"])
        record(at=at, by=by, action="withdraw_factor_reset", subject=account)
    return account


def reset_second_factor(*, by: Actor, at: datetime, account: User, reason: str) -> User:
    """The command line resets any account's second factor: where nobody is left who could agree."""
    if by.role != "job":
        raise OutOfReach("two persons reset a second factor")
    with transaction.atomic():
        _held(account)
        _remove(account)
        record(at=at, by=by, action="reset_second_factor", subject=account, reason=reason)
        post_message(at=at, to=account.pk, event="factor_reset", params={"by": by.label}, link=PAGE)
    return account


def _self(by: Actor) -> User:
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    return by.user


def _lock(account: User) -> None:
    User.objects.select_for_update().filter(pk=account.pk).first()


def _held(account: User) -> Authenticator:
    """The authenticator in use, locked; raises UnableToVerify for an account without one."""
    _lock(account)
    held = account.authenticators.filter(confirmed_at__isnull=False).first()
    if held is None:
        raise UnableToVerify("该账号尚未启用二次验证。")
    return held


def _count_failure(authenticator: Authenticator, at: datetime) -> None:
    authenticator.failures, authenticator.failed_at = authenticator.failures + 1, at
    authenticator.save(update_fields=["failures", "failed_at"])


def _use_recovery_code(account: User, code: str, *, at: datetime) -> bool:
    """Mark the code as used: one conditional UPDATE, so that two who come with it do not both pass."""
    digests = recovery_digests(account.pk, code)
    found = account.recovery_codes.filter(digest__in=digests, used_at=None)
    return found.update(used_at=at) == 1


def _replace_recovery_codes(account: User, codes: list[str]) -> None:
    account.recovery_codes.all().delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=recovery_digests(account.pk, code)[0])
        for code in codes
    )


def _remove(account: User) -> None:
    account.authenticators.all().delete()
    account.recovery_codes.all().delete()
    User.objects.filter(pk=account.pk).update(session_epoch=F("session_epoch") + 1)
