"""The shape of sign-up, of one's mail settings, and of the desk's acts on accounts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    get_default_password_validators,
)
from django.utils.functional import lazy

from foundation.accounts.actors import Actor
from foundation.accounts.models import MailChoice, Role, User
from foundation.accounts.policies import ROLES_OPENED_BY_BUREAU
from foundation.regions.models import District


class LoginForm(AuthenticationForm):
    """User name and password; the answer does not tell which of the two was wrong, nor that an account is closed."""

    error_messages = {
        "invalid_login": "用户名或密码不正确，或账号已停用，请核对后重新输入（密码区分大小写）。",
        "inactive": "用户名或密码不正确，或账号已停用，请核对后重新输入（密码区分大小写）。",
    }


def password_rules() -> str:
    """What the configured validators ask of a password, in one sentence."""
    shortest = max(
        (
            validator.min_length
            for validator in get_default_password_validators()
            if isinstance(validator, MinimumLengthValidator)
        ),
        default=1,
    )
    return (
        f"至少 {shortest} 个字符，建议字母、数字和符号混用；"
        "不能全是数字，不能是常见密码，不能与用户名、邮箱相似。"
    )


class ChangePasswordForm(PasswordChangeForm):
    """The old password and the new one twice, with the rules in one sentence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].help_text = password_rules()
        self.fields["new_password2"].help_text = ""


class NewPasswordForm(forms.Form):
    """A password typed twice; whether it is good enough is the operation's to say."""

    password = forms.CharField(
        label="密码",
        strip=False,
        help_text=lazy(password_rules, str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password_again = forms.CharField(
        label="再次输入密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        again = cleaned.pop("password_again", None)
        if "password" in cleaned and again is not None and cleaned["password"] != again:
            self.add_error("password_again", "两次输入的密码不一致，请重新输入。")
        return cleaned


class SignUpForm(NewPasswordForm):
    """The local sign-up of an enterprise or a provider (E1)."""

    role = forms.ChoiceField(
        label="账号类型",
        choices=[(str(role), role.label) for role in (Role.ENTERPRISE, Role.PROVIDER)],
        widget=forms.RadioSelect,
    )
    username = forms.CharField(
        label="用户名",
        max_length=60,
        help_text="2 至 60 个字符。每家单位固定使用一个账号，请由指定经办人注册并保管。",
        widget=forms.TextInput(attrs={"autocomplete": "username"}),
    )
    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        help_text="选填；注册后会收到确认邮件，确认以后，站内消息同时发送到该邮箱。",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    field_order = ["role", "username", "email", "password", "password_again"]


class AddressForm(forms.Form):
    """Where messages are to be mailed; whether it is an address is the operation's to say."""

    address = forms.CharField(
        label="新邮箱",
        max_length=254,
        help_text="我们会发送一封确认邮件，打开其中的链接后生效；确认前继续使用原邮箱。",
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class MailChoiceForm(forms.Form):
    """Which messages are also mailed (N2)."""

    choice = forms.ChoiceField(
        label="邮件通知", choices=MailChoice.choices, widget=forms.RadioSelect
    )


class OpenStaffAccountForm(NewPasswordForm):
    """The bureau opens an account of its own city."""

    role = forms.ChoiceField(
        label="角色",
        choices=[(str(role), role.label) for role in Role if role in ROLES_OPENED_BY_BUREAU],
    )
    person_name = forms.CharField(label="使用人姓名", max_length=60)
    id_number = forms.CharField(
        label="使用人身份证号码",
        max_length=30,
        help_text="加密保存，用于确认同一人不能既经办又审批。",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    district = forms.ModelChoiceField(
        District.objects.none(), label="所在区", required=False, help_text="仅区主管部门账号选择。"
    )
    username = forms.CharField(label="用户名", max_length=60)
    email = forms.EmailField(label="电子邮箱", required=False)
    field_order = [
        "role",
        "person_name",
        "id_number",
        "district",
        "username",
        "email",
        "password",
        "password_again",
    ]

    def bind_to(self, record: User | None, actor: Actor, at: datetime) -> None:
        """Offer the districts of the actor's own city only."""
        self.city = actor.user.city if actor.user else None
        self.fields["district"].queryset = District.objects.filter(city=self.city)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        return {**super().clean(), "city": self.city}


class CloseAccountForm(forms.Form):
    """Why an account is closed."""

    reason = forms.CharField(
        label="停用原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
