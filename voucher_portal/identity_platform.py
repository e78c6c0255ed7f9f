"""Settings for the province's unified identity platform (E1): read from the environment, nothing while SSO_ISSUER is not set."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from voucher_portal.env import Environment

# Signatures that only the platform can make; "none" and shared secrets are not among them.
ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
REQUIRED = (
    "SSO_CLIENT_ID",
    "SSO_CLIENT_SECRET",
    "SSO_AUTHORIZE_URL",
    "SSO_TOKEN_URL",
    "SSO_JWKS_URL",
)
ADDRESSES = (
    "SSO_ISSUER",
    "SSO_AUTHORIZE_URL",
    "SSO_TOKEN_URL",
    "SSO_JWKS_URL",
    "SSO_USERINFO_URL",
    "SSO_LOGOUT_URL",
)
SECONDS_FOR_THE_PLATFORM = 8


def single_sign_on(env: Environment) -> dict[str, Any]:
    """Django's settings for the platform; ``SSO_ISSUER`` is "" when there is none.

    ``SSO_CLAIMS`` names the claims, ``SSO_LEVELS`` says what number an assurance level is, ``SSO_KINDS`` which kinds of
    legal person may be an enterprise and which a provider. Raises ImproperlyConfigured, naming all that is missing.
    """
    if not env.text("SSO_ISSUER"):
        return {"SSO_ISSUER": ""}
    missing = [name for name in REQUIRED if not env.text(name)]
    if missing:
        raise ImproperlyConfigured(f"SSO_ISSUER is set, but {', '.join(missing)} not.")
    for name in ADDRESSES:
        parts = urlsplit(env.text(name))
        if env.text(name) and (parts.scheme not in ("http", "https") or not parts.hostname):
            raise ImproperlyConfigured(f"{name} is not an address (https://…).")
    return {
        "SSO_ISSUER": env.text("SSO_ISSUER"),
        "SSO_LOGOUT_URL": env.text("SSO_LOGOUT_URL"),
        "SSO_CLAIMS": {
            "level": env.text("SSO_CLAIM_LEVEL", "assurance_level"),
            "credit_code": env.text("SSO_CLAIM_CREDIT_CODE", "credit_code"),
            "kind": env.text("SSO_CLAIM_KIND", "legal_person_kind"),
            "name": env.text("SSO_CLAIM_NAME", "name"),
        },
        "SSO_LEVELS": levels(env.words("SSO_LEVELS", "L0=0,L1=1,L2=2,L3=3,L4=4")),
        "SSO_KINDS": {
            "enterprise": kinds(env, "SSO_ENTERPRISE_KINDS", "enterprise"),
            "provider": kinds(env, "SSO_PROVIDER_KINDS", "enterprise,institution,association"),
        },
        # What mozilla-django-oidc reads.
        "OIDC_RP_CLIENT_ID": env.text("SSO_CLIENT_ID"),
        "OIDC_RP_CLIENT_SECRET": env.text("SSO_CLIENT_SECRET"),
        "OIDC_RP_SCOPES": env.text("SSO_SCOPES", "openid profile"),
        "OIDC_RP_SIGN_ALGO": env.one_of("SSO_ALGORITHM", ALGORITHMS, "RS256"),
        "OIDC_OP_AUTHORIZATION_ENDPOINT": env.text("SSO_AUTHORIZE_URL"),
        "OIDC_OP_TOKEN_ENDPOINT": env.text("SSO_TOKEN_URL"),
        "OIDC_OP_JWKS_ENDPOINT": env.text("SSO_JWKS_URL"),
        "OIDC_OP_USER_ENDPOINT": env.text("SSO_USERINFO_URL"),
        "OIDC_TOKEN_USE_BASIC_AUTH": env.flag("SSO_BASIC_AUTH", default=True),
        "OIDC_VERIFY_KID": env.flag("SSO_VERIFY_KID", default=True),
        "OIDC_AUTHENTICATION_CALLBACK_URL": "accounts:platform_back",
        "OIDC_USE_NONCE": True,
        "OIDC_USE_PKCE": True,
        "OIDC_PKCE_CODE_CHALLENGE_METHOD": "S256",
        "OIDC_TIMEOUT": SECONDS_FOR_THE_PLATFORM,
        "OIDC_MAX_STATES": 10,
    }


def kinds(env: Environment, name: str, default: str) -> frozenset[str]:
    """Kinds of legal person; ``none``: the platform does not serve this role, whose accounts stay local."""
    words = env.words(name, default)
    return frozenset() if words == ["none"] else frozenset(words)


def levels(words: list[str]) -> dict[str, int]:
    """``L1=1`` and so on, as a mapping. Raises ImproperlyConfigured."""
    found: dict[str, int] = {}
    for word in words:
        name, _, number = word.partition("=")
        if not name or number not in {"0", "1", "2", "3", "4"}:
            raise ImproperlyConfigured(
                f"SSO_LEVELS: {word!r} is not a level of the platform = a number from 0 to 4."
            )
        found[name] = int(number)
    return found


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, for the content security policy."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def faults(env: Environment) -> list[tuple[bool, str]]:
    """What the platform's settings must be in production: (fit, sentence)."""
    if not env.text("SSO_ISSUER"):
        return []
    return [
        *(
            (env.text(name).startswith("https://"), f"{name} is not https://….")
            for name in ADDRESSES
            if env.text(name)
        ),
        (env.flag("SSO_VERIFY_KID", default=True), "SSO_VERIFY_KID is off."),
        (
            env.number("SIGN_UP_ASSURANCE_LEVEL", 0) == 0,
            "SIGN_UP_ASSURANCE_LEVEL vouches for accounts that the identity platform does not know.",
        ),
    ]
