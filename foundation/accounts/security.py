"""The page on one's account: password, second factor, recovery codes."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from foundation.accounts import policies, sessions
from foundation.accounts.forms import ChangePasswordForm
from foundation.accounts.operations import (
    change_password,
    end_other_sessions,
    renew_recovery_codes,
    withdraw_factor_reset,
)
from foundation.accounts.queries import authenticator_of
from foundation.accounts.reauthentication import ask_again
from foundation.accounts.signing_in import recovery_codes_page
from foundation.errors import Refusal
from foundation.requests import actor_of, attempt


class AccountView(LoginRequiredMixin, View):
    """How the account is protected; staff renew recovery codes here, and stop a reset they did not ask for."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        held = authenticator_of(request.user)
        asked_at = held.reset_asked_at if held else None
        context = {
            "is_staff_account": sessions.is_staff_account(request.user),
            "held": held,
            "platform_identity": getattr(request.user, "platform_identity", None),
            "codes_left": request.user.recovery_codes.filter(used_at=None).count(),
            "reset_asked_by": held.reset_asked_by.shown_name
            if held and policies.reset_is_open(asked_at, at=request.at)
            else "",
        }
        return render(request, "accounts/account.html", context)

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "sessions":
            return self._end_others(request)
        act = {"codes": self._codes, "keep": self._keep}.get(request.POST.get("act", ""))
        if act is None or authenticator_of(request.user) is None:
            return self.get(request)
        try:
            return act(request)
        except Refusal as refusal:
            messages.error(request, refusal.sentence)
            return redirect("accounts:account")

    def _end_others(self, request: HttpRequest) -> HttpResponse:
        if not sessions.proved_lately(request, at=request.at):
            return ask_again(request)
        account = end_other_sessions(by=actor_of(request), at=request.at)
        request.user = account
        update_session_auth_hash(request, account)
        messages.success(request, "其他设备和浏览器上的登录已全部退出，本次登录继续有效。")
        return redirect("accounts:account")

    def _codes(self, request: HttpRequest) -> HttpResponse:
        if not sessions.proved_lately(request, at=request.at):
            return ask_again(request)
        codes = renew_recovery_codes(by=actor_of(request), at=request.at)
        return recovery_codes_page(request, codes, signing_in=False)

    def _keep(self, request: HttpRequest) -> HttpResponse:
        withdraw_factor_reset(by=actor_of(request), at=request.at, account=request.user)
        messages.success(request, "重置申请已撤销，原验证器继续有效。")
        return redirect("accounts:account")


@method_decorator(sensitive_post_parameters(), name="dispatch")
class PasswordChangeView(LoginRequiredMixin, FormView):
    """Changing one's own password; other sessions of the account end."""

    template_name = "accounts/password_change.html"
    form_class = ChangePasswordForm
    success_url = reverse_lazy("accounts:home")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Who signs in by the identity platform has no password here.
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("accounts:account")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get_form_kwargs(self) -> dict[str, object]:
        return {**super().get_form_kwargs(), "request": self.request}

    def form_valid(self, form: ChangePasswordForm) -> HttpResponse:
        account = attempt(
            form,
            change_password,
            by=actor_of(self.request),
            at=self.request.at,
            password=form.cleaned_data["new_password1"],
        )
        if account is None:
            return self.form_invalid(form)
        self.request.user = account
        update_session_auth_hash(self.request, account)
        sessions.note_proof(self.request, at=self.request.at)
        messages.success(self.request, "密码已修改，下次登录请使用新密码。")
        return super().form_valid(form)
