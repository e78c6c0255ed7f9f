"""The shape of the page on one's tokens."""

from __future__ import annotations

from typing import Any

from django import forms

from foundation.accounts.models import User
from foundation.accounts.sessions import is_staff_account
from foundation.api.policies import DAYS_OFFERED, NAME_LENGTH_MAX, STAFF_DAYS_MAX


class TokenForm(forms.Form):
    """What a token is for, how long it lives, and whether it may only read."""

    name = forms.CharField(
        label="用途", max_length=NAME_LENGTH_MAX, help_text="例如“财务系统”，便于以后辨认和停用。"
    )
    days = forms.TypedChoiceField(label="有效期", coerce=int, initial=90)
    read_only = forms.BooleanField(
        label="只用于读取",
        required=False,
        help_text="只查询、不办理的程序请勾选，令牌泄露时不能替您办理。",
    )

    def __init__(self, *args: Any, account: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        longest = STAFF_DAYS_MAX if is_staff_account(account) else max(DAYS_OFFERED)
        offered = [(days, f"{days} 天") for days in DAYS_OFFERED if days <= longest]
        self.fields["days"].choices = offered  # type: ignore[attr-defined]
