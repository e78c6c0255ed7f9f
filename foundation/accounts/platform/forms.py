"""What a newcomer is asked: as what to open an account, or the password of the one that is there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from foundation.accounts.forms import LoginForm
from foundation.accounts.models import Role

PURPOSE = {Role.ENTERPRISE: "申领和使用服务券", Role.PROVIDER: "提供服务、收券和申请兑现"}


class OpenForm(forms.Form):
    """As what the organisation takes part."""

    role = forms.ChoiceField(label="办理身份", widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: Iterable[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [(str(role), f"{role.label}：{PURPOSE[role]}") for role in roles]
        if len(field.choices) == 1:
            field.initial = field.choices[0][0]


class JoinForm(LoginForm):
    """User name and password of the account that the organisation has; guessing is slowed down as at the login."""

    prefix = "join"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The page has another form before it.
        self.fields["username"].widget.attrs.pop("autofocus", None)
