"""The gate before every page: a session that may not go on is ended, and the login page says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from foundation.accounts.sessions import fault_of, note_seen


class SessionGate:
    """Middleware, after ActMiddleware: ends sessions that are idle, too old, or staff's without a second factor.

    The page goes on for nobody, so a public page is still shown; one that asks for an account leads to the login
    page with the reason, and from there back to the page the reader was on.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        fault = getattr(request, "session_fault", "")
        target = urlsplit(response.get("Location", ""))
        if fault and response.status_code == 302 and target.path in _LOGIN_PAGES:
            response["Location"] = (
                f"{target.path}?{urlencode({'next': _back(request), 'why': fault})}"
            )
            if request.headers.get("HX-Request"):
                # htmx would put the login page into a corner of this one.
                response.status_code = 200
                response["HX-Redirect"] = response["Location"]
                del response["Location"]
        return response

    def process_view(self, request: HttpRequest, view: Callable[..., Any], *args: Any) -> None:
        """Before the view: end the session that may not go on, or keep that its account is there."""
        # Nobody who brings no session has one read, and the public record reads none: the same page for all.
        brought = settings.SESSION_COOKIE_NAME in request.COOKIES
        if not brought or getattr(view, "is_public_record", False):
            return
        if SESSION_KEY not in request.session:
            return
        at = request.at  # type: ignore[attr-defined]
        fault = fault_of(request, at=at)
        if fault:
            logout(request)
            request.session_fault = fault  # type: ignore[attr-defined]
        else:
            note_seen(request, at=at)


_LOGIN_PAGES = {settings.LOGIN_URL, "/admin/login/"}


def _back(request: HttpRequest) -> str:
    """Where the reader was: the page itself, or the one whose form or part was sent."""
    if request.method in {"GET", "HEAD"} and not request.headers.get("HX-Request"):
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    known = url_has_allowed_host_and_scheme(
        came_from, {request.get_host()}, require_https=request.is_secure()
    )
    if not came_from or not known:
        return resolve_url(settings.LOGIN_REDIRECT_URL)
    parts = urlsplit(came_from)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path
