"""Signing up, where each role begins, and where one's mail goes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from django.views.generic import FormView

from foundation.accounts.confirmation import link_until
from foundation.accounts.forms import (
    AddressForm,
    MailChoiceForm,
    SignUpForm,
)
from foundation.accounts.models import Role
from foundation.accounts.operations import (
    ask_address,
    choose_mail,
    confirm_address,
    drop_address,
    register_party_account,
)
from foundation.accounts.platform.claims import signs_up_here
from foundation.accounts.policies import PARTY_ROLES, UnableToConfirmAddress
from foundation.accounts.reauthentication import prove_first
from foundation.accounts.sessions import enter, proved_lately
from foundation.flooding import is_flood
from foundation.requests import actor_of, attempt

# A service hall signs up a whole day's visitors from one address.
SIGN_UPS_AN_HOUR = 60
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


@method_decorator(sensitive_post_parameters(), name="dispatch")
class SignUpView(FormView):
    """The local sign-up for enterprises and providers (E1)."""

    template_name = "accounts/signup.html"
    form_class = SignUpForm

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        if request.user.is_authenticated:
            return redirect("accounts:home")
        if not any(signs_up_here(role) for role in PARTY_ROLES):
            return redirect("accounts:login")
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def form_valid(self, form: SignUpForm) -> HttpResponse:
        if is_flood(self.request, "signup", most=SIGN_UPS_AN_HOUR, within=timedelta(hours=1)):
            # Each account may leave files behind: nobody fills the store by a machine.
            form.add_error(
                None,
                f"同一网络地址一小时内最多注册 {SIGN_UPS_AN_HOUR} 个账号，请一小时后再试，或更换网络后注册。",
            )
            return self.form_invalid(form)
        account = attempt(
            form,
            register_party_account,
            by=actor_of(self.request),
            at=self.request.at,  # type: ignore[attr-defined]
            assurance_level=settings.SIGN_UP_ASSURANCE_LEVEL,
            **form.cleaned_data,
        )
        if account is None:
            return self.form_invalid(form)
        enter(self.request, account, at=self.request.at)
        messages.success(self.request, "账号已注册，请继续填写单位信息。")
        return redirect("accounts:home")


class MailView(LoginRequiredMixin, View):
    """Where one's messages are mailed, and which (N2)."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        act = {"ask": self._ask, "drop": self._drop, "choose": self._choose}.get(
            request.POST.get("act", ""), self._page
        )
        return act(request)

    def _ask(self, request: HttpRequest) -> HttpResponse:
        form = AddressForm(request.POST)
        if form.is_valid() and not proved_lately(request, at=request.at):
            # Whoever finds a browser open does not lead the messages of the account elsewhere.
            form.add_error(None, prove_first(request))
        if form.is_valid() and attempt(
            form, ask_address, by=actor_of(request), at=request.at, **form.cleaned_data
        ):
            messages.success(request, "确认邮件已安排发送，请在几分钟后查看邮箱。")
            return redirect("accounts:mail")
        return self._page(request, address_form=form)

    def _drop(self, request: HttpRequest) -> HttpResponse:
        drop_address(by=actor_of(request), at=request.at)
        messages.success(request, "邮箱已停用，消息只在平台内显示。")
        return redirect("accounts:mail")

    def _choose(self, request: HttpRequest) -> HttpResponse:
        form = MailChoiceForm(request.POST)
        if form.is_valid() and attempt(
            form, choose_mail, by=actor_of(request), at=request.at, **form.cleaned_data
        ):
            messages.success(request, "邮件通知设置已保存。")
            return redirect("accounts:mail")
        return self._page(request, choice_form=form)

    def _page(
        self,
        request: HttpRequest,
        address_form: AddressForm | None = None,
        choice_form: MailChoiceForm | None = None,
    ) -> HttpResponse:
        account = request.user
        asked_at = account.email_asked_at
        context = {
            "account": account,
            "until": link_until(asked_at) if asked_at else None,
            "address_form": address_form or AddressForm(initial={"address": account.email_asked}),
            "choice_form": choice_form or MailChoiceForm(initial={"choice": account.mail_choice}),
        }
        return render(request, "accounts/mail.html", context)


class ConfirmView(View):
    """The link out of the mail: a button, because mail programs open links by themselves; signed in or not (N2)."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        return render(request, "accounts/confirm.html")

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        try:
            confirm_address(by=actor_of(request), at=request.at, token=token)
        except UnableToConfirmAddress as refusal:
            return render(request, "accounts/confirm.html", {"refusal": refusal.sentence})
        return render(request, "accounts/confirm.html", {"confirmed": True})


@login_required
def home(request: HttpRequest) -> HttpResponseRedirect:
    """The page the account's role begins with; without a role, the admin login says what is missing."""
    return redirect(HOME_BY_ROLE.get(request.user.role, "admin:index"))  # type: ignore[union-attr, call-overload]
