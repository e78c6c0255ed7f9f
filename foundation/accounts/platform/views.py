"""To the platform and back: the two ends of its sign-in, and what a newcomer is asked (E1)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.crypto import constant_time_compare
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.debug import sensitive_post_parameters
from mozilla_django_oidc.views import OIDCAuthenticationRequestView, get_next_url

from foundation.accounts import sessions
from foundation.accounts.models import User
from foundation.accounts.operations import (
    join_account,
    open_vouched_account,
    sign_on,
)
from foundation.accounts.platform.claims import LegalPerson, UnableToSignOn, legal_person_in
from foundation.accounts.platform.client import PlatformClient
from foundation.accounts.platform.forms import JoinForm, OpenForm
from foundation.accounts.platform.queries import roles_open_to
from foundation.accounts.platform.signing_out import keep_id_token
from foundation.accounts.queries import accounts_of_code
from foundation.requests import actor_of

# Who was sent to the platform comes back within this time.
STATE_FOR = timedelta(minutes=10)
# A proof asked for anew is one that the platform took just now.
PROOF_AGE = timedelta(minutes=2)
STATES, NEWCOMER = "oidc_states", "platform_newcomer"


class GoView(OIDCAuthenticationRequestView):
    """To the platform, with state, nonce and PKCE (S256). ``fresh``: it asks who is there even if it knows somebody.

    ``again``: the signed-in account proves itself once more before a sensitive act.
    """

    def __init__(self, **kwargs: Any) -> None:
        if settings.SSO_ISSUER:
            super().__init__(**kwargs)

    def get(self, request: HttpRequest) -> HttpResponse:
        again = "again" in request.GET and request.user.is_authenticated
        if not settings.SSO_ISSUER or (request.user.is_authenticated and not again):
            return redirect(settings.LOGIN_URL)
        response: HttpResponse = super().get(request)
        kept = request.session[STATES]
        newest = list(kept)[-1]
        kept[newest] |= {"go_on": get_next_url(request, "next") or "", "again": again}
        request.session.modified = True
        return response

    def get_extra_params(self, request: HttpRequest) -> dict[str, str]:
        asked = {"ui_locales": "zh-CN"}
        if "again" in request.GET:
            return {**asked, "prompt": "login", "max_age": "0"}
        return {**asked, "prompt": "login"} if "fresh" in request.GET else asked


class BackView(View):
    """Back from the platform: the state is used up, the code is exchanged, the claims are judged."""

    http_method_names = ["get"]

    def get(self, request: HttpRequest) -> HttpResponse:
        if not settings.SSO_ISSUER:
            return redirect(settings.LOGIN_URL)
        try:
            kept = self._use_up_state(request)
            code = self._code(request)
            claims, id_token = PlatformClient().redeem(
                request, code=code, nonce=kept["nonce"], verifier=kept["code_verifier"]
            )
            if kept.get("again"):
                return self._prove(request, claims, kept["go_on"])
            person = legal_person_in(claims)
            account = sign_on(by=actor_of(request), at=request.at, person=person)
        except UnableToSignOn as refusal:
            return refused(request, refusal)
        if account is not None:
            return come_in(request, account, id_token, kept.get("go_on", ""))
        request.session.flush()
        keep_id_token(request, id_token)
        request.session[NEWCOMER] = {
            "person": person.kept,
            "at": request.at.timestamp(),
            "go_on": kept.get("go_on", ""),
        }
        return redirect("accounts:platform_newcomer")

    def _use_up_state(self, request: HttpRequest) -> dict[str, Any]:
        """What was kept when this browser was sent away; good once, whatever comes of it. Raises UnableToSignOn."""
        states = request.session.get(STATES, {})
        kept: dict[str, Any] | None = states.pop(request.GET.get("state", ""), None)
        if kept is not None:
            request.session[STATES] = states
            # Talking to the platform takes a while: a second request with the same state finds it gone.
            request.session.save()
        if kept is None or request.at.timestamp() > kept["added_on"] + STATE_FOR.total_seconds():
            raise UnableToSignOn(
                "本次登录已失效：可能等待过久、重复打开了登录结果页面，或不是从本页面发起的。",
                "请从登录页重新登录，不要使用收藏或他人发来的登录链接。",
            )
        return kept

    def _code(self, request: HttpRequest) -> str:
        error, issuer = request.GET.get("error", ""), request.GET.get("iss", settings.SSO_ISSUER)
        if error == "access_denied":
            raise UnableToSignOn(
                "您在统一身份认证平台取消了登录或授权。", "如需办理业务，请重新登录并同意授权。"
            )
        code = request.GET.get("code", "")
        if error or not code or issuer != settings.SSO_ISSUER:
            raise UnableToSignOn(
                "统一身份认证平台没有完成本次登录。",
                "请稍后从登录页重新登录；仍然不行的，请联系承办单位。",
            )
        return code

    def _prove(self, request: HttpRequest, claims: dict[str, Any], go_on: str) -> HttpResponse:
        """The account that is signed in has proved itself to the platform just now. Raises UnableToSignOn."""
        link = getattr(request.user, "platform_identity", None)
        same = link is not None and constant_time_compare(link.subject, str(claims["sub"]))
        proved_at = claims.get("auth_time")
        lately = (
            isinstance(proved_at, int)
            and abs(request.at.timestamp() - proved_at) <= PROOF_AGE.total_seconds()
        )
        if not same or not lately:
            raise UnableToSignOn(
                "没有确认是您本人刚刚完成了验证。",
                "请返回后重新验证，并在统一身份认证平台用本账号重新输入密码或扫码。",
            )
        sessions.note_proof(request, at=request.at)
        request.session.cycle_key()
        return redirect(go_on or settings.LOGIN_REDIRECT_URL)


@method_decorator(sensitive_post_parameters(), name="dispatch")
class NewcomerView(View):
    """Somebody the portal does not know yet: an account is opened, or one of the same credit code is joined."""

    http_method_names = ["get", "post"]
    person: LegalPerson
    go_on: str

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        kept = request.session.get(NEWCOMER)
        if not settings.SSO_ISSUER or not kept or not _is_young(kept, request.at):
            return redirect(settings.LOGIN_URL)
        self.person, self.go_on = LegalPerson(**kept["person"]), kept["go_on"]
        return super().dispatch(request, *args, **kwargs)  # type: ignore[return-value]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request)

    def post(self, request: HttpRequest) -> HttpResponse:
        joins = request.POST.get("act") == "join"
        by, at, roles = actor_of(request), request.at, roles_open_to(self.person)
        form: Any = (
            JoinForm(request, request.POST) if joins else OpenForm(request.POST, roles=roles)
        )
        if not form.is_valid():
            return self._page(request, **{"join_form" if joins else "open_form": form})
        try:
            if joins:
                account = join_account(by=by, at=at, person=self.person, account=form.get_user())
            else:
                account = open_vouched_account(
                    by=by, at=at, person=self.person, role=form.cleaned_data["role"]
                )
        except UnableToSignOn as refusal:
            form.add_error(None, f"{refusal.sentence}{refusal.remedy}")
            return self._page(request, **{"join_form" if joins else "open_form": form})
        messages.success(
            request,
            "已绑定，今后请通过统一身份认证平台登录。"
            if joins
            else "账号已建立，请继续填写单位信息。",
        )
        return come_in(request, account, "", self.go_on)

    def _page(self, request: HttpRequest, **forms: Any) -> HttpResponse:
        roles = roles_open_to(self.person)
        known = bool(accounts_of_code(self.person.credit_code))
        context = {
            "person": self.person,
            "join_form": forms.get("join_form") or (JoinForm(request) if known else None),
            "open_form": forms.get("open_form") or (OpenForm(roles=roles) if roles else None),
        }
        response = render(request, "accounts/newcomer.html", context)
        response["Cache-Control"] = "private, no-store"
        return response


def come_in(request: HttpRequest, account: User, id_token: str, go_on: str) -> HttpResponse:
    """Sign the account in, in a session of its own; what was kept for signing out goes over."""
    kept = keep_id_token(request, id_token)
    request.session.flush()
    sessions.enter(request, account, at=request.at)
    keep_id_token(request, "", sealed=kept)
    return redirect(go_on or settings.LOGIN_REDIRECT_URL)


def refused(request: HttpRequest, refusal: UnableToSignOn) -> HttpResponse:
    """The page which says why nobody came in, and what to do; nothing was made."""
    response = render(
        request,
        "accounts/not_signed_on.html",
        {"refusal": refusal, "signed_in": request.user.is_authenticated},
        status=403,
    )
    response["Cache-Control"] = "private, no-store"
    return response


def _is_young(kept: dict[str, Any], at: datetime) -> bool:
    return at.timestamp() <= kept["at"] + sessions.UNDER_WAY_FOR.total_seconds()
