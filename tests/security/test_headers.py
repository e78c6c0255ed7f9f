"""What every answer tells the browser, and what production's settings are (ASVS 3.3, 3.4, 13.4)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.messages.storage.fallback import FallbackStorage
from django.test import Client, RequestFactory

from foundation.accounts.models import Role
from tests import build
from tests.test_settings import FIT

pytestmark = [pytest.mark.django_db, pytest.mark.once]
ROOT = Path(__file__).resolve().parents[2]


def production(*command: str, **changed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command],
        env={"PATH": os.environ["PATH"], **FIT, **changed},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=90,
    )


def test_djangos_own_check_finds_nothing_in_production() -> None:
    """With a key as it is made; the tests' own is of one letter, which the check rightly dislikes."""
    asked = ("manage.py", "check", "--deploy", "--fail-level", "WARNING")
    key = "".join(map(chr, range(40, 120)))
    whole = {
        "SECRET_KEY": key,
        "EMAIL_URL": "smtps://portal:word@mail.example.cn:465",
        "FILE_ROOT": "/srv/portal-files",
        "SIGN_UP_ASSURANCE_LEVEL": "1",
    }
    done = production(*asked, **whole)
    assert done.returncode == 0, done.stderr
    for missing in ("EMAIL_URL", "FILE_ROOT", "SIGN_UP_ASSURANCE_LEVEL"):
        assert production(*asked, **{**whole, missing: ""}).returncode == 1, missing


def test_cookies_of_production_are_for_this_host_and_tls_only() -> None:
    show = (
        "import json; from voucher_portal import settings as s; print(json.dumps({n: getattr(s, n) for n in "
        "('SESSION_COOKIE_NAME', 'CSRF_COOKIE_NAME', 'SESSION_COOKIE_SECURE', 'CSRF_COOKIE_SECURE', "
        "'SESSION_COOKIE_HTTPONLY', 'CSRF_COOKIE_HTTPONLY', 'SESSION_COOKIE_SAMESITE', 'SECURE_HSTS_SECONDS', "
        "'SECURE_HSTS_INCLUDE_SUBDOMAINS', 'COOKIE_PREFIX')}))"
    )
    found = json.loads(production("-c", show).stdout)
    assert found == {
        "SESSION_COOKIE_NAME": "__Host-session",
        "CSRF_COOKIE_NAME": "__Host-csrf",
        "SESSION_COOKIE_SECURE": True,
        "CSRF_COOKIE_SECURE": True,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SECURE_HSTS_SECONDS": 31_536_000,
        "SECURE_HSTS_INCLUDE_SUBDOMAINS": True,
        "COOKIE_PREFIX": "__Host-",
    }


def test_the_cookie_of_sentences_has_the_prefix_too(settings) -> None:
    from voucher_portal.message_storage import PrefixedStorage

    settings.COOKIE_PREFIX = "__Host-"
    request = RequestFactory().get("/")
    request.session = {}
    storage = PrefixedStorage(request)
    assert isinstance(storage, FallbackStorage)
    assert storage.storages[0].cookie_name == "__Host-messages"


def test_every_cookie_is_out_of_reach_of_scripts(client: Client) -> None:
    user = build.account(Role.ENTERPRISE)
    client.post("/login/", {"username": user.username, "password": "a long password"})
    client.post("/mail/", {"act": "choose", "choice": "none"})
    assert {"session", "known_device"} <= set(client.cookies)
    for name, cookie in client.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] in {"Lax", "Strict"}, name
        assert not cookie["domain"], name


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("get", "/", 200),
        ("get", "/login/", 200),
        ("get", "/nothing/", 404),
        ("get", "/notices/", 200),
        ("get", "/static/css/portal.css", 200),
        ("get", "/products/?text=a%00b", 400),
        ("post", "/logout/", 403),
        ("get", "/logout/", 405),
        ("trace", "/", 405),
        ("put", "/", 403),
    ],
)
def test_every_answer_has_its_headers(method: str, address: str, status: int) -> None:
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    page = getattr(client, method)(address)
    assert page.status_code == status
    policy = page["Content-Security-Policy"]
    for part in (
        "default-src 'self'",
        "script-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert part in policy
    assert "unsafe" not in policy
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "same-origin"
    assert "Access-Control-Allow-Origin" not in page
    assert "Server" not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"HTTP_HOST": "evil.example"},
        {"HTTP_HOST": "testserver:80@evil.example"},
        {"HTTP_HOST": "testserver.evil.example"},
        {"HTTP_HOST": ""},
    ],
)
def test_a_foreign_host_is_refused(client: Client, headers: dict) -> None:
    for address in ("/login/", "/mail/", "/sitemap.xml", "/notices/feed/"):
        page = client.get(address, **headers)
        assert page.status_code in {400, 404}, address
        assert "evil" not in page.content.decode()


def test_a_forwarded_host_is_not_believed(client: Client) -> None:
    user = build.account(Role.ENTERPRISE)
    client.force_login(user)
    for header in ("HTTP_X_FORWARDED_HOST", "HTTP_FORWARDED", "HTTP_X_HOST", "HTTP_X_ORIGINAL_URL"):
        page = client.get("/home/", **{header: "evil.example"})
        assert page["Location"] == "/enterprise/"
        assert "evil" not in client.get("/mail/", **{header: "evil.example"}).content.decode()
