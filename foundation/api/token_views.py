"""The page on one's tokens: made after a recent proof, shown once, made worthless at any time."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from foundation.accounts import sessions
from foundation.accounts.reauthentication import prove_first
from foundation.api.forms import TokenForm
from foundation.api.operations import make_token, revoke_token
from foundation.api.queries import is_as_it_was, lacks_second_factor, tokens_of
from foundation.requests import actor_of, attempt

TOKENS_A_PAGE = 20


class TokensView(LoginRequiredMixin, View):
    """The account's tokens, and the form for a new one."""

    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest) -> HttpResponse:
        return self._page(request, TokenForm(account=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TokenForm(request.POST, account=request.user)
        if not sessions.proved_lately(request, at=request.at):
            form.full_clean()
            form.add_error(None, prove_first(request))
        elif form.is_valid():
            made = attempt(
                form, make_token, by=actor_of(request), at=request.at, **form.cleaned_data
            )
            if made is not None:
                token, text = made
                response = render(request, "api/token.html", {"token": token, "text": text})
                response["Cache-Control"] = "private, no-store"
                return response
        return self._page(request, form)

    def _page(self, request: HttpRequest, form: TokenForm) -> HttpResponse:
        page = Paginator(tokens_of(request.user), TOKENS_A_PAGE).get_page(request.GET.get("page"))
        rows = [
            {
                "token": token,
                "is_live": token.is_live(request.at),
                # A new password ends tokens without a mark on them.
                "is_stale": not is_as_it_was(token, request.user),
            }
            for token in page
        ]
        context = {
            "form": form,
            "page_obj": page,
            "rows": rows,
            "needs_factor": lacks_second_factor(request.user),
        }
        return render(request, "api/tokens.html", context)


class RevokeView(LoginRequiredMixin, View):
    """Making one's token worthless asks for no proof: whoever fears for it shall not be kept waiting."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        token = revoke_token(by=actor_of(request), at=request.at, pk=pk)
        messages.success(request, f"令牌“{token}”已停用，使用它的程序不能再调用接口。")
        return redirect("tokens:list")
