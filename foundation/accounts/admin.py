"""Accounts at the desk: the bureau opens and closes those of its own city."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import QuerySet

from foundation.accounts import operations, permissions, policies
from foundation.accounts.actors import Actor
from foundation.accounts.forms import CloseAccountForm, NewPasswordForm, OpenStaffAccountForm
from foundation.accounts.models import Role, User
from foundation.accounts.queries import accounts_visible_to
from foundation.desk import Act, DeskAdmin, why_not
from foundation.personal_data import mask_id_number

BUREAU = frozenset({Role.BUREAU})

# Rights come from roles; groups would only look as if they gave any.
admin.site.unregister(Group)


def _why_not_manage(account: User, actor: Actor, at: datetime) -> str:
    return why_not(permissions.require_may_manage, by=actor, account=account)


def _why_not_close(account: User, actor: Actor, at: datetime) -> str:
    return _why_not_manage(account, actor, at) or why_not(
        policies.check_open, is_active=account.is_active
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
        "date_joined",
        "last_login",
    ]
    list_acts = {
        "open": Act(
            "开设账号",
            operations.open_staff_account,
            OpenStaffAccountForm,
            BUREAU,
            done="账号已开设，请把用户名和初始密码当面交给使用人，并提醒其登录后修改密码。",
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
        ),
        "password": Act(
            "重置密码",
            operations.reset_password,
            NewPasswordForm,
            BUREAU,
            subject="account",
            why_not=_why_not_manage,
            done="密码已重置，该账号需重新登录。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[User]:
        """The staff accounts of one's own city."""
        return accounts_visible_to(user)

    @admin.display(description="身份证号码")
    def masked_id_number(self, account: User) -> str:
        """Masked (F5)."""
        return mask_id_number(account.person.id_number) if account.person else ""
