"""Signing out at the platform too (RP-initiated logout): otherwise the next person at this computer comes in by one click."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest

from foundation.personal_data import decrypted, encrypted

KEPT = "platform_id_token"


def keep_id_token(request: HttpRequest, id_token: str, *, sealed: str = "") -> str:
    """Keep in the session what the platform asks for at signing out, encrypted: it names the person (F5)."""
    kept: str = sealed or (encrypted(id_token) if id_token else request.session.get(KEPT, ""))
    if kept:
        request.session[KEPT] = kept
    return kept


def address_after(request: HttpRequest) -> str:
    """Where a session that came by the platform goes on to sign out there; "" for all others."""
    kept = request.session.get(KEPT, "")
    if not kept or not settings.SSO_ISSUER or not settings.SSO_LOGOUT_URL:
        return ""
    asked = {
        "client_id": settings.OIDC_RP_CLIENT_ID,
        "post_logout_redirect_uri": request.build_absolute_uri(settings.LOGOUT_REDIRECT_URL),
    }
    if hint := decrypted(kept):
        asked["id_token_hint"] = hint
    return f"{settings.SSO_LOGOUT_URL}?{urlencode(asked)}"
