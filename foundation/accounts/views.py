"""Signing in, signing up, and where each role begins."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, views
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from foundation.accounts.forms import ChangePasswordForm, LoginForm, SignUpForm
from foundation.accounts.models import Role
from foundation.accounts.operations import register_party_account
from foundation.requests import actor_of, attempt

# The page each role begins with, as names of URLs: the floors above are not imported here.
HOME_BY_ROLE = {
    Role.ENTERPRISE: "enterprises:home",
    Role.PROVIDER: "providers:home",
    Role.CONTRACTOR: "admin:index",
    Role.EXPERT: "admin:index",
    Role.BUREAU: "admin:index",
    Role.DISTRICT: "dashboards:home",
    Role.PROVINCE: "dashboards:home",
}


class LoginView(views.LoginView):
    """The login page; who is signed in already goes on."""

    template_name = "accounts/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True


class LogoutView(views.LogoutView):
    """Signing out, by POST only."""

    http_method_names = ["post", "options"]


class PasswordChangeView(views.PasswordChangeView):
    """Changing one's own password."""

    template_name = "accounts/password_change.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("accounts:home")

    def form_valid(self, form: object) -> HttpResponse:
        messages.success(self.request, "密码已修改，下次登录请使用新密码。")
        return super().form_valid(form)  # type: ignore[arg-type]


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SignUpView(FormView):
    """The local sign-up for enterprises and providers (E1)."""

    template_name = "accounts/signup.html"
    form_class = SignUpForm

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("accounts:home")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        account = attempt(
            form,
            register_party_account,
            by=actor_of(self.request),
            at=self.request.at,  # type: ignore[attr-defined]
            assurance_level=getattr(settings, "SIGN_UP_ASSURANCE_LEVEL", 1),
            **form.cleaned_data,
        )
        if account is None:
            return self.form_invalid(form)
        login(self.request, account, backend="django.contrib.auth.backends.ModelBackend")
        messages.success(self.request, "账号已注册，请继续填写单位信息。")
        return redirect("accounts:home")


@login_required
def home(request: HttpRequest) -> HttpResponseRedirect:
    """The page the account's role begins with; without a role, the admin login says what is missing."""
    return redirect(HOME_BY_ROLE.get(request.user.role, "admin:index"))  # type: ignore[union-attr, call-overload]
