"""The shape of sign-up, of one's mail settings, and of the desk's acts on accounts."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import (
    MinimumLengthValidator,
    get_default_password_validators,
)
from django.http import HttpRequest
from django.utils.functional import lazy

from foundation.accounts.actors import Actor
from foundation.accounts.models import MailChoice, Role, User
from foundation.accounts.operations import verify_second_factor
from foundation.accounts.platform.claims import signs_up_here
from foundation.accounts.policies import ROLES_OPENED_BY_BUREAU, spoken_wait
from foundation.accounts.slowing import Try, attempt_of
from foundation.errors import Refusal
from foundation.regions.models import District

log = logging.getLogger(__name__)


class LoginForm(AuthenticationForm):
    """User name and password; the answer does not tell which of the two was wrong, nor that an account is closed.

    Wrong ones make the next attempt wait, for names that no account has too.
    """

    error_messages = {
        "invalid_login": "用户名或密码不正确，或账号已停用，请核对后重新输入（密码区分大小写）。",
        "inactive": "用户名或密码不正确，或账号已停用，请核对后重新输入（密码区分大小写）。",
    }

    def clean(self) -> dict[str, Any]:
        name, password = self.cleaned_data.get("username"), self.cleaned_data.get("password")
        if not name or not password:
            return super().clean()
        brake = _braked(self.request, name)
        try:
            cleaned = super().clean()
        except forms.ValidationError:
            # By number, never by what was typed: people type passwords into the wrong field.
            known = User.objects.filter(username=name).values_list("pk", flat=True).first()
            log.warning("wrong password for %s", f"account {known}" if known else "no account")
            raise
        brake.right()
        return cleaned


def _braked(request: Any, username: str) -> Try:
    """The attempt, when it may go on; raises a form's error that says how long to wait otherwise."""
    brake = attempt_of(request, username)
    wait = brake.admitted(request.at)
    if wait:
        log.warning("an attempt on a password came too early and was not looked at")
        raise forms.ValidationError(
            f"密码连续输错多次，请在 {spoken_wait(timedelta(seconds=wait))}后再试。"
            "曾经登录过该账号的设备不受他人输错的影响。"
        )
    return brake


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

    def __init__(self, *args: Any, request: Any, **kwargs: Any) -> None:
        super().__init__(request.user, *args, **kwargs)
        self.request = request
        self.fields["new_password1"].help_text = password_rules()
        self.fields["new_password2"].help_text = ""

    def clean_old_password(self) -> str:
        brake = _braked(self.request, f"{self.user.get_username()} again")
        password: str = super().clean_old_password()
        brake.right()
        return password


class CodeForm(forms.Form):
    """A code of the second factor; whether it is right is the operation's to say."""

    code = forms.CharField(
        label="验证码",
        max_length=40,
        help_text="验证器当前显示的 6 位数字。",
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}
        ),
    )

    def prove(self, *, by: Actor, at: datetime) -> bool:
        """Whether the code proves who acts; otherwise the form says why not."""
        try:
            verify_second_factor(by=by, at=at, **self.cleaned_data)
        except Refusal as refusal:
            self.add_error("code", refusal.sentence)
        return self.is_valid()


class ProofForm(forms.Form):
    """The password of the signed-in account, once more."""

    password = forms.CharField(
        label="登录密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        account: Any = self.request.user
        brake = _braked(self.request, f"{account.get_username()} again")
        if not account.check_password(password):
            raise forms.ValidationError("密码不正确，请重新输入（区分大小写）。")
        brake.right()
        return password

    def prove(self, *, by: Actor, at: datetime) -> bool:
        """Whether the password proved who acts."""
        return self.is_valid()


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["role"]
        field.choices = [one for one in field.choices if signs_up_here(Role(one[0]))]


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


class VouchForm(forms.Form):
    """The characters that the owner of a first authenticator reads out."""

    code = forms.CharField(
        label="核对码",
        max_length=20,
        help_text="请当面或电话确认是使用人本人，由其读出页面上显示的 8 位核对码；不要接受他人转述。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class ResetReasonForm(forms.Form):
    """Why a second factor is to be reset, and how it was made sure who asks."""

    reason = forms.CharField(
        label="重置原因",
        max_length=300,
        help_text="写明如何核实了本人身份，例如当面、视频核对证件。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class CloseAccountForm(forms.Form):
    """Why an account is closed."""

    reason = forms.CharField(
        label="停用原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )
