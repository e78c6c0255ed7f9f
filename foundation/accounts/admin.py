"""Accounts at the desk: the bureau opens and closes those of its own city."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from foundation.accounts import operations, permissions, policies
from foundation.accounts.actors import Actor
from foundation.accounts.forms import (
    CloseAccountForm,
    NewPasswordForm,
    OpenStaffAccountForm,
    ResetReasonForm,
    VouchForm,
)
from foundation.accounts.models import Authenticator, Role, User
from foundation.accounts.queries import (
    accounts_visible_to,
    authenticator_of,
    persons_who_know_the_password,
)
from foundation.desk import Act, DeskAdmin, why_not
from foundation.moments import spoken
from foundation.personal_data import mask_id_number

BUREAU = frozenset({Role.BUREAU})

# Rights come from roles; groups would only look as if they gave any.
admin.site.unregister(Group)


def _why_not_manage(account: User, actor: Actor, at: datetime | None) -> str:
    return why_not(permissions.require_may_manage, by=actor, account=account)


def _why_not_close(account: User, actor: Actor, at: datetime) -> str:
    return _why_not_manage(account, actor, at) or why_not(
        policies.check_open, is_active=account.is_active
    )


def _why_not_reset(account: User, actor: Actor, held: Authenticator | None) -> str:
    if held is None:
        return _why_not_manage(account, actor, None) or "该账号尚未启用二次验证。"
    return _why_not_manage(account, actor, None)


def _why_not_vouch(account: User, actor: Actor, at: datetime) -> str:
    held = authenticator_of(account)
    return (
        _why_not_manage(account, actor, at)
        or why_not(
            policies.require_waiting,
            confirmed=held is not None,
            vouched=held is not None and held.vouched_at is not None,
        )
        or why_not(
            policies.require_voucher,
            person=actor.person_id,
            owner=account.person_id,
            knows_password=persons_who_know_the_password(account),
        )
    )


def _why_not_ask_reset(account: User, actor: Actor, at: datetime) -> str:
    held = authenticator_of(account)
    return _why_not_reset(account, actor, held) or why_not(
        policies.require_no_open_reset, asked_at=held.reset_asked_at, at=at
    )


def _why_not_withdraw_reset(account: User, actor: Actor, at: datetime) -> str:
    held = authenticator_of(account)
    return _why_not_reset(account, actor, held) or why_not(
        policies.require_open_reset, asked_at=held.reset_asked_at, at=at
    )


def _why_not_grant_reset(account: User, actor: Actor, at: datetime) -> str:
    held = authenticator_of(account)
    asker = held.reset_asked_by.person_id if held and held.reset_asked_by else None
    return _why_not_withdraw_reset(account, actor, at) or why_not(
        policies.require_second_person,
        person=actor.person_id,
        others={asker, account.person_id},
    )


@admin.register(User)
class UserAdmin(DeskAdmin):
    desk_roles = BUREAU
    list_display = ["username", "person", "role", "district", "is_active", "last_login"]
    list_select_related = ["person", "district"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "person__name"]
    ordering = ["username"]
    fields = [
        "username",
        "person",
        "masked_id_number",
        "role",
        "city",
        "district",
        "email",
        "is_active",
        "password_temporary",
        "second_factor",
        "date_joined",
        "last_login",
    ]
    list_acts = {
        "open": Act(
            "开设账号",
            operations.open_staff_account,
            OpenStaffAccountForm,
            BUREAU,
            done="账号已开设，请把用户名和初始密码当面交给使用人；首次登录时须改成自己的密码。",
            sensitive=True,
        )
    }
    record_acts = {
        "close": Act(
            "停用账号",
            operations.close_account,
            CloseAccountForm,
            BUREAU,
            subject="account",
            why_not=_why_not_close,
            done="账号已停用，立即生效。",
            sensitive=True,
        ),
        "password": Act(
            "重置密码",
            operations.reset_password,
            NewPasswordForm,
            BUREAU,
            subject="account",
            why_not=_why_not_manage,
            done="密码已重置，请当面告知使用人；该账号须重新登录，并改成自己的密码。",
            sensitive=True,
        ),
        "vouch": Act(
            "确认本人启用二次验证",
            operations.vouch_for_factor,
            VouchForm,
            BUREAU,
            subject="account",
            why_not=_why_not_vouch,
            done="已确认，该账号可以使用。",
            sensitive=True,
        ),
        "ask-factor-reset": Act(
            "申请重置二次验证",
            operations.ask_factor_reset,
            ResetReasonForm,
            BUREAU,
            subject="account",
            why_not=_why_not_ask_reset,
            done="已申请，须由另一位工作人员同意后生效，申请 7 天内有效。",
            sensitive=True,
        ),
        "grant-factor-reset": Act(
            "同意重置二次验证",
            operations.grant_factor_reset,
            roles=BUREAU,
            subject="account",
            why_not=_why_not_grant_reset,
            done="二次验证已重置，使用人下次登录时重新设置。",
            sensitive=True,
        ),
        "withdraw-factor-reset": Act(
            "撤销重置申请",
            operations.withdraw_factor_reset,
            roles=BUREAU,
            subject="account",
            why_not=_why_not_withdraw_reset,
            done="重置申请已撤销。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[User]:
        """The staff accounts of one's own city."""
        return accounts_visible_to(user)

    @admin.display(description="二次验证")
    def second_factor(self, account: User) -> str:
        """Since when, and who asked for a reset."""
        held = authenticator_of(account)
        if held is None:
            return "尚未启用"
        since = f"{spoken(held.confirmed_at)} 启用"
        if held.vouched_at is None:
            return f"{since}，等待另一位工作人员确认"
        if held.reset_asked_by is None:
            return since
        asked_at = spoken(held.reset_asked_at)
        return f"{since}；{held.reset_asked_by.shown_name}于 {asked_at} 申请重置"

    @admin.display(description="身份证号码")
    def masked_id_number(self, account: User) -> str:
        """Masked (F5)."""
        return mask_id_number(account.person.id_number) if account.person else ""
