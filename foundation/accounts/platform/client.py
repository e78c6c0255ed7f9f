"""Talking to the platform: the code is exchanged for tokens, and every token is looked at before it is believed."""

from __future__ import annotations

import logging
from typing import Any

import jwt
from django.conf import settings
from django.core.cache import cache
from django.core.exceptions import SuspiciousOperation
from django.urls import reverse
from mozilla_django_oidc.auth import OIDCAuthenticationBackend
from mozilla_django_oidc.utils import absolutify
from requests.exceptions import HTTPError, JSONDecodeError, RequestException

from foundation.accounts.platform.claims import UnableToSignOn

log = logging.getLogger(__name__)

LEEWAY_SECONDS = 30
# While the platform does not answer, those who come next do not wait for it one by one.
DOWN, DOWN_SECONDS = "platform:down", 15


class PlatformClient(OIDCAuthenticationBackend):
    """The library's client, with every test that OpenID Connect Core 3.1.3.7 and 5.3.2 ask for."""

    def redeem(
        self, request: Any, *, code: str, nonce: str, verifier: str
    ) -> tuple[dict[str, Any], str]:
        """The verified claims behind an authorization code, and the ID token. Raises UnableToSignOn."""
        if cache.get(DOWN):
            raise _unreachable()
        try:
            tokens = self.get_token(
                {
                    "client_id": self.OIDC_RP_CLIENT_ID,
                    "client_secret": self.OIDC_RP_CLIENT_SECRET,
                    "grant_type": "authorization_code",
                    "code": code,
                    "code_verifier": verifier,
                    "redirect_uri": absolutify(request, reverse("accounts:platform_back")),
                }
            )
            signed = self.verify_token(tokens["id_token"], nonce=nonce)
            claims = self._with_userinfo(signed, tokens)
        except HTTPError as error:
            answered = error.response is not None and error.response.status_code < 500
            log.warning("the identity platform refused: %s", _told(error))
            raise (_not_believed() if answered else _unreachable()) from None
        except JSONDecodeError as error:
            log.warning("the identity platform talks nonsense: %s", _told(error))
            raise _not_believed() from None
        except RequestException as error:
            cache.set(DOWN, True, timeout=DOWN_SECONDS)
            log.warning("the identity platform does not answer: %s", _told(error))
            raise _unreachable() from None
        # What comes from outside can be wrong in every way a parser knows.
        except (
            jwt.PyJWTError,
            SuspiciousOperation,
            ValueError,
            TypeError,
            KeyError,
            AttributeError,
        ) as error:
            log.warning("a token of the identity platform was not believed: %s", _told(error))
            raise _not_believed() from None
        return claims, tokens["id_token"]

    def _with_userinfo(self, signed: dict[str, Any], tokens: dict[str, Any]) -> dict[str, Any]:
        """What the ID token says, and beside it what only the user-info endpoint says of the same subject."""
        if not self.OIDC_OP_USER_ENDPOINT:
            return signed
        told = self.get_userinfo(tokens["access_token"], tokens["id_token"], signed)
        if told["sub"] != signed["sub"]:
            raise SuspiciousOperation("user info of another subject")
        return {**told, **signed}

    def _verify_jws(self, payload: str, key: Any) -> dict[str, Any]:
        """Signature by the agreed algorithm alone, issuer, audience, time."""
        claims: dict[str, Any] = jwt.decode(
            payload,
            key,
            algorithms=[self.OIDC_RP_SIGN_ALGO],
            audience=self.OIDC_RP_CLIENT_ID,
            issuer=settings.SSO_ISSUER,
            leeway=LEEWAY_SECONDS,
            options={"require": ["exp", "iat", "iss", "aud", "sub"]},
        )
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", "" if several else self.OIDC_RP_CLIENT_ID) != self.OIDC_RP_CLIENT_ID:
            raise jwt.InvalidAudienceError("issued to another client")
        return claims


def _told(error: Exception) -> str:
    """What a log may hold of it: never the answer's text, in which tokens and names may stand (F5)."""
    status = getattr(getattr(error, "response", None), "status_code", "")
    return f"{type(error).__name__} {status}".strip()


def _unreachable() -> UnableToSignOn:
    return UnableToSignOn(
        "统一身份认证平台暂时没有响应，本次登录没有完成。",
        "请过几分钟再试；如果快到截止时间仍不能登录，请立即联系承办单位说明情况。",
    )


def _not_believed() -> UnableToSignOn:
    return UnableToSignOn(
        "未能确认统一身份认证平台返回的登录信息，本次登录没有完成。",
        "登录信息只能使用一次，过期或被改动都不会被接受。请从登录页重新登录。",
    )
