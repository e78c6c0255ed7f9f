"""A real OpenID provider in a process of its own: oidc-provider-mock, which can be told to misbehave.

``PUT /mischief`` with JSON says what is wrong with the tokens that come next: ``claims`` put over those of the ID token
before it is signed (null takes one away), ``sign`` ("other key", "none", "hmac", "tampered"), ``userinfo`` put over the
user info, ``status`` with which the token endpoint answers, ``slow`` seconds before it does. ``PUT`` of {} mends it.

It takes a free port and prints its number.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import flask
import oidc_provider_mock
from authlib import jose
from oidc_provider_mock._storage import storage
from werkzeug.serving import make_server

app = oidc_provider_mock.app(require_nonce=True)
mischief: dict[str, Any] = {}
other_key = jose.RSAKey.generate_key(is_private=True)


@app.put("/mischief")
def misbehave() -> tuple[str, int]:
    mischief.clear()
    mischief.update(flask.request.json)
    return "", 204


@app.after_request
def spoil(response: flask.Response) -> flask.Response:
    if flask.request.path == "/oauth2/token" and response.status_code == 200:
        time.sleep(mischief.get("slow", 0))
        if "status" in mischief:
            return flask.Response("down", mischief["status"])
        if "text" in mischief:
            return flask.Response(mischief["text"], 200, content_type="application/json")
        body = json.loads(response.get_data())
        body["id_token"] = spoiled(body["id_token"])
        response.set_data(json.dumps(body))
    if flask.request.path == "/userinfo" and response.status_code == 200:
        told = json.loads(response.get_data()) | mischief.get("userinfo", {})
        response.set_data(json.dumps({k: v for k, v in told.items() if v is not None}))
    return response


def spoiled(token: str) -> str:
    claims = _part(token, 1) | mischief.get("claims", {})
    claims = {name: value for name, value in claims.items() if value is not None}
    how = mischief.get("sign", "")
    if how == "tampered":
        head, _, signature = token.split(".")
        return f"{head}.{_coded(claims)}.{signature}"
    if how == "none":
        return f"{_coded({'alg': 'none'})}.{_coded(claims)}."
    if how == "hmac":
        public = storage.jwk.as_pem(is_private=False)
        return _hmac(claims, public)
    key = other_key if how == "other key" else storage.jwk
    return jose.jwt.encode({"alg": "RS256"}, claims, key).decode()


def _hmac(claims: dict[str, Any], secret: bytes) -> str:
    """The old confusion: the public key taken for a shared secret."""
    signed = f"{_coded({'alg': 'HS256'})}.{_coded(claims)}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def _part(token: str, index: int) -> dict[str, Any]:
    part = token.split(".")[index]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


def _coded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


if __name__ == "__main__":
    server = make_server("127.0.0.1", 0, app, threaded=True)
    print(server.server_port, flush=True)
    server.serve_forever()
