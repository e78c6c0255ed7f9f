"""Signing in, step by step: password, second factor, and a password of one's own; and proving it again later."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters

from foundation.accounts import policies, sessions
from foundation.accounts.actors import Actor
from foundation.accounts.forms import CodeForm, LoginForm, NewPasswordForm, ProofForm
from foundation.accounts.models import Authenticator, Role, User
from foundation.accounts.one_time_codes import check_words, key_uri
from foundation.accounts.operations import (
    begin_authenticator,
    change_password,
    confirm_authenticator,
    note_sign_in,
    verify_second_factor,
)
from foundation.accounts.platform.claims import signs_up_here
from foundation.accounts.platform.signing_out import address_after
from foundation.accounts.queries import authenticator_of, is_vouched_for, password_given_at
from foundation.accounts.reauthentication import ask_again
from foundation.accounts.slowing import remember_device
from foundation.requests import actor_of, attempt

# Why a session was ended, by what the address of the login page says.
WHY = {
    "idle": "您较长时间没有操作，为保护账号安全已自动退出。请重新登录，登录后回到刚才的页面；已保存的草稿不会丢失。",
    "long": "本次登录已满最长时限，为保护账号安全已自动退出。请重新登录，登录后回到刚才的页面；已保存的草稿不会丢失。",
    "expired": "初始密码 14 天内有效，现已过期。请联系为您设置密码的单位重新设置，并在 14 天内登录修改。",
    "factor": "工作人员账号须通过二次验证后使用，请重新登录。",
}


@method_decorator(sensitive_post_parameters(), name="dispatch")
class LoginView(views.LoginView):
    """The login page; who is signed in already goes on. A right password is the first step only."""

    template_name = "accounts/login.html"
    form_class = LoginForm
    redirect_authenticated_user = True

    def get_form(self, *args: Any, **kwargs: Any) -> Any:
        form = super().get_form(*args, **kwargs)
        if self.platform():
            # Most come by the platform: no keyboard opens for a field they do not need.
            form.fields["username"].widget.attrs.pop("autofocus", None)
        return form

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        why = WHY.get(self.request.GET.get("why", ""), "")
        parties = (Role.ENTERPRISE, Role.PROVIDER)
        here = [role.label for role in parties if signs_up_here(role)]
        there = [role.label for role in parties if not signs_up_here(role)]
        return {
            **super().get_context_data(**kwargs),
            "why": why,
            "platform": self.platform(),
            "signs_up_here": "、".join(here),
            "comes_by_platform": "和".join(there),
        }

    def platform(self) -> str:
        """The way to the identity platform; "" where none is configured.

        After a session was ended it asks who is there: its own session may be that of whoever went away.
        """
        if not settings.SSO_ISSUER:
            return ""
        asked = {"next": self.get_redirect_url()}
        if self.request.GET.get("why") in WHY:
            asked["fresh"] = "1"
        return f"{reverse('accounts:platform')}?{urlencode(asked)}"

    def form_valid(self, form: Any) -> HttpResponse:
        account = form.get_user()
        sessions.set_out(self.request, account, at=self.request.at, go_on=self.get_redirect_url())
        response = next_step(self.request)
        remember_device(self.request, response, account)
        return response


class DeskLoginView(LoginView):
    """The same page for who comes to the desk; one whose account has no business there may take another."""

    redirect_authenticated_user = False

    def platform(self) -> str:
        """Staff do not come in by the platform."""
        return ""


class LogoutView(views.LogoutView):
    """Signing out, by POST only; who came by the identity platform signs out there too."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        platform = address_after(request)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if platform:
            response = redirect(platform)
        # What the browser has kept of personal pages goes too; the cookie of the known device stays.
        response["Clear-Site-Data"] = '"cache"'
        return response


def next_step(request: HttpRequest) -> HttpResponse:
    """Where whoever is under way goes next; after the last step the account is signed in."""
    at = request.at
    under_way = sessions.under_way(request, at=at)
    if under_way is None:
        return redirect(settings.LOGIN_URL)
    account = under_way.account
    if sessions.second_factor_asked_of(account) and not under_way.proved:
        enrolled = authenticator_of(account) is not None
        return redirect("accounts:code" if enrolled else "accounts:set_up")
    if account.password_temporary:
        if not policies.temporary_is_good(password_given_at(account), at=at):
            request.session.flush()
            return redirect(f"{settings.LOGIN_URL}?why=expired")
        return redirect("accounts:new_password")
    if sessions.second_factor_asked_of(account) and not is_vouched_for(account):
        return redirect("accounts:awaiting")
    sessions.enter(request, account, at=at)
    note_sign_in(by=actor_of(request), at=at)
    return redirect(under_way.go_on or settings.LOGIN_REDIRECT_URL)


class Step(View):
    """A page between password and signing in. Who is not under way begins with the password."""

    http_method_names = ["get", "post"]
    account: User
    proved: bool

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        found = sessions.under_way(request, at=request.at)
        if found is None:
            return redirect(settings.LOGIN_URL)
        self.account, self.proved = found.account, found.proved
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    @property
    def by(self) -> Actor:
        return Actor(user=self.account, address=self.request.META.get("REMOTE_ADDR", ""))


class CodeView(Step):
    """The second factor: a code of the authenticator, or a recovery code."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        if self.proved:
            return next_step(request)
        form = CodeForm(request.POST)
        if form.is_valid() and attempt(
            form, verify_second_factor, by=self.by, at=request.at, **form.cleaned_data
        ):
            sessions.note_proved(request)
            return next_step(request)
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: CodeForm) -> HttpResponse:
        if not self.proved and authenticator_of(self.account) is None:
            return next_step(request)
        return render(request, "accounts/code.html", {"form": form})


class AwaitingView(Step):
    """The first authenticator waits for a second person: what to do, and the characters to be compared."""

    def get(self, request: HttpRequest) -> HttpResponse:
        held = authenticator_of(self.account)
        unproved = sessions.second_factor_asked_of(self.account) and not self.proved
        if unproved or held is None or held.vouched_at or self.account.password_temporary:
            return next_step(request)
        context = {"check": check_words(held.pk, held.key), "account": self.account}
        return _never_kept(render(request, "accounts/awaiting.html", context))

    def post(self, request: HttpRequest) -> HttpResponse:
        return next_step(request)


class OwnAuthenticator(View):
    """Setting up an authenticator: at the first sign-in, or later for another telephone."""

    http_method_names = ["get", "post"]
    account: User
    signing_in: bool

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        at = request.at
        found = sessions.under_way(request, at=at)
        if request.user.is_authenticated:
            self.account, self.signing_in = request.user, False
            if not sessions.is_staff_account(self.account):
                raise Http404
            if not sessions.proved_lately(request, at=at):
                return ask_again(request)
        elif found is not None and sessions.is_staff_account(found.account):
            self.account, self.signing_in = found.account, True
            # Who has one proves it first; a password alone replaces nothing.
            if not found.proved and authenticator_of(self.account) is not None:
                return redirect("accounts:code")
        else:
            return redirect(settings.LOGIN_URL)
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    @property
    def by(self) -> Actor:
        return Actor(user=self.account, address=self.request.META.get("REMOTE_ADDR", ""))


class SetUpView(OwnAuthenticator):
    """What to do, then the QR code with a field for the first code, then the recovery codes: once."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, CodeForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        if request.POST.get("act") == "begin":
            begin_authenticator(by=self.by, at=request.at)
            return redirect("accounts:set_up")
        form = CodeForm(request.POST)
        if form.is_valid():
            codes = attempt(
                form, confirm_authenticator, by=self.by, at=request.at, **form.cleaned_data
            )
            if codes:
                if self.signing_in:
                    sessions.note_proved(request)
                return recovery_codes_page(request, codes, signing_in=self.signing_in)
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: CodeForm) -> HttpResponse:
        begun = _begun(self.account)
        context = {
            "form": form,
            "begun": begun,
            "key": " ".join(begun.key[start : start + 4] for start in range(0, 32, 4))
            if begun
            else "",
            "replaces": authenticator_of(self.account) is not None,
            "signing_in": self.signing_in,
        }
        return _never_kept(render(request, "accounts/set_up.html", context))


class QrCodeView(OwnAuthenticator):
    """The QR code of the authenticator that was begun, for the page that sets it up."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        begun = _begun(self.account)
        if begun is None:
            raise Http404
        picture = segno.make(key_uri(begun.key, self.account.username), error="m")
        svg = BytesIO()
        picture.save(svg, kind="svg", scale=5, border=4, light="#fff", omitsize=False)
        return _never_kept(HttpResponse(svg.getvalue(), content_type="image/svg+xml"))


class EnterView(Step):
    """The button under the recovery codes: go on."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        return next_step(request)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class NewPasswordView(Step):
    """A password of one's own, where somebody else knows the present one."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, NewPasswordForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        form = NewPasswordForm(request.POST)
        if self._early():
            return next_step(request)
        if form.is_valid():
            account = attempt(form, change_password, by=self.by, at=request.at, **form.cleaned_data)
            if account is not None:
                go_on = sessions.under_way(request, at=request.at)
                target = go_on.go_on if go_on else ""
                sessions.set_out(request, account, at=request.at, go_on=target)
                sessions.note_proved(request)
                messages.success(request, "密码已修改，下次登录请使用新密码。")
                return next_step(request)
        return self._page(request, form)

    def _early(self) -> bool:
        """Whether another step comes first, or this one is not asked for."""
        unproved = sessions.second_factor_asked_of(self.account) and not self.proved
        return unproved or not self.account.password_temporary

    def _page(self, request: HttpRequest, form: NewPasswordForm) -> HttpResponse:
        if self._early():
            return next_step(request)
        return render(request, "accounts/new_password.html", {"form": form})


# --- Proving it again ------------------------------------------------------------------------


@method_decorator(sensitive_post_parameters(), name="dispatch")
class ProveAgainView(LoginRequiredMixin, View):
    """Before a sensitive act: who has an authenticator gives a code, everybody else the password."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, self._form(request))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = self._form(request)
        if form.is_valid() and form.prove(by=actor_of(request), at=request.at):
            sessions.note_proof(request, at=request.at)
            request.session.cycle_key()
            return redirect(self._back(request))
        return self._page(request, form)

    def _form(self, request: HttpRequest) -> Any:
        data = request.POST if request.method == "POST" else None
        if authenticator_of(request.user) is not None:
            return CodeForm(data)
        return ProofForm(data, request=request)

    def _platform(self, request: HttpRequest) -> str:
        """Where an account without a password proves itself; "" for all others."""
        if request.user.has_usable_password() or not settings.SSO_ISSUER:
            return ""
        return (
            f"{reverse('accounts:platform')}?{urlencode({'again': 1, 'next': self._back(request)})}"
        )

    def _back(self, request: HttpRequest) -> str:
        asked = request.GET.get("next", "")
        sound = url_has_allowed_host_and_scheme(
            asked, {request.get_host()}, require_https=request.is_secure()
        )
        return asked if sound else settings.LOGIN_REDIRECT_URL

    def _page(self, request: HttpRequest, form: Any) -> HttpResponse:
        context = {
            "form": form,
            "back_url": self._back(request),
            "platform": self._platform(request),
        }
        return render(request, "accounts/again.html", context)


class ProvedView(LoginRequiredMixin, View):
    """After a proof in a window of its own: go back to the other one."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/proved.html")


def recovery_codes_page(
    request: HttpRequest, codes: list[str], *, signing_in: bool
) -> HttpResponse:
    """The recovery codes, this one time; nothing keeps the page."""
    context = {"codes": codes, "signing_in": signing_in}
    return _never_kept(render(request, "accounts/recovery_codes.html", context))


def _begun(account: User) -> Authenticator | None:
    return account.authenticators.filter(confirmed_at=None).first()


def _never_kept(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
