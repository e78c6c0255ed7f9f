"""Who calls: a program with a token, or somebody signed in on the page that shows the API."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from foundation.accounts.models import User
from foundation.accounts.sessions import proved_lately
from foundation.api.models import AccessToken
from foundation.api.operations import note_use
from foundation.api.queries import live_token

SCHEME = "bearer"
TEXT_LENGTH_MAX = 200


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer fwq_…``. A token that opens nothing is told apart from none at all, but not why."""

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != SCHEME:
            return None
        at = request.at
        text = text.strip()
        found = live_token(text, at=at) if text.isascii() and len(text) <= TEXT_LENGTH_MAX else None
        if found is None:
            raise AuthenticationFailed
        note_use(token=found, at=at)
        # For the line in the log, as with a session.
        request._request._cached_user = found.account  # type: ignore[attr-defined]
        return found.account, found

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CookieAuthentication(SessionAuthentication):
    """The session of the pages, with their CSRF token on whatever writes; the gate has looked at it already."""


def has_proof(request: Request) -> bool:
    """Whether a sensitive act may go on: signed in on the pages, and proved lately. A token proves nothing."""
    if isinstance(request.auth, AccessToken):
        return False
    return proved_lately(request._request, at=request.at)


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes a token."""

    target_class = "foundation.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": SCHEME,
            "description": "在“账号安全 → 接口令牌”建立。令牌的权限等于建立它的账号；改密码后失效。",
        }


class CookieScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema describes the session of the pages."""

    target_class = "foundation.api.authentication.CookieAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.SESSION_COOKIE_NAME,
            "description": "在网页登录后使用；写操作另须带 CSRF 令牌（X-CSRFToken）。",
        }
