"""The provider's process, and the portal's settings for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.http import HttpResponse
from django.test import Client

from tests.foundation.build import credit_code
from voucher_portal.env import Environment
from voucher_portal.identity_platform import single_sign_on

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Platform:
    """The provider at ``url``."""

    url: str

    def person(self, subject: str = "legal-1", **changed: Any) -> str:
        """Make or change a legal person's account; a claim given as None is not there. Its subject comes back."""
        claims = {
            "assurance_level": "L2",
            "credit_code": credit_code(),
            "legal_person_kind": "enterprise",
            "name": "广州测试科技有限公司",
        } | changed
        kept = {name: value for name, value in claims.items() if value is not None}
        requests.put(f"{self.url}/users/{subject}", json=kept, timeout=5).raise_for_status()
        return subject

    def misbehaves(self, **how: Any) -> None:
        requests.put(f"{self.url}/mischief", json=how, timeout=5).raise_for_status()

    def consent(self, asked: str, subject: str, *, deny: bool = False) -> str:
        """What a person does at the provider: the address to which the browser is sent back."""
        form = {"action": "deny"} if deny else {"sub": subject}
        answer = requests.post(asked, data=form, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def way_back(self, client: Client, subject: str, start: str = "/login/platform/") -> str:
        """From the portal to the provider and until the browser is sent back: path and query."""
        asked = client.get(start)["Location"]
        assert asked.startswith(f"{self.url}/oauth2/authorize?"), asked
        parts = urlsplit(self.consent(asked, subject))
        return f"{parts.path}?{parts.query}"

    def signs_in(
        self, client: Client, subject: str, start: str = "/login/platform/"
    ) -> HttpResponse:
        return client.get(self.way_back(client, subject, start))


@pytest.fixture(scope="session")
def provider_url() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.sso.provider"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "AUTHLIB_INSECURE_TRANSPORT": "1"},
    )
    try:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.terminate()
        process.wait(timeout=10)


@pytest.fixture
def platform(provider_url: str, settings: Any) -> Iterator[Platform]:
    """The provider, and a portal that is configured for it by its environment."""
    for name, value in single_sign_on(environment(provider_url)).items():
        setattr(settings, name, value)
    made = Platform(provider_url)
    made.misbehaves()
    yield made


def environment(url: str, **changed: str) -> Environment:
    return Environment(
        {
            "SSO_ISSUER": url,
            "SSO_CLIENT_ID": "portal",
            "SSO_CLIENT_SECRET": "only-for-tests",
            "SSO_AUTHORIZE_URL": f"{url}/oauth2/authorize",
            "SSO_TOKEN_URL": f"{url}/oauth2/token",
            "SSO_JWKS_URL": f"{url}/jwks",
            "SSO_USERINFO_URL": f"{url}/userinfo",
            "SSO_LOGOUT_URL": f"{url}/oauth2/end_session",
            # This provider numbers no keys.
            "SSO_VERIFY_KID": "0",
            **changed,
        }
    )


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
