"""The identity platform is switched on by the environment, wholly or not at all."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from foundation.accounts.models import Role
from foundation.accounts.platform.claims import signs_up_here
from tests.sso.conftest import ROOT, environment
from tests.test_settings import FIT
from voucher_portal.env import Environment
from voucher_portal.identity_platform import faults, single_sign_on

URL = "https://id.example.gov.cn"
ON = environment(URL).values


def test_without_an_issuer_there_is_none() -> None:
    assert single_sign_on(Environment({})) == {"SSO_ISSUER": ""}


def test_half_of_it_is_refused_and_all_that_is_missing_named() -> None:
    with pytest.raises(ImproperlyConfigured, match="SSO_CLIENT_SECRET, SSO_TOKEN_URL"):
        single_sign_on(Environment({**ON, "SSO_CLIENT_SECRET": "", "SSO_TOKEN_URL": ""}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSO_TOKEN_URL", "id.example.gov.cn/token"),
        ("SSO_JWKS_URL", "file:///etc/passwd"),
        ("SSO_LOGOUT_URL", "javascript:alert(1)"),
        ("SSO_LEVELS", "L1"),
        ("SSO_LEVELS", "L1=9"),
        ("SSO_ALGORITHM", "HS256"),
        ("SSO_ALGORITHM", "none"),
    ],
)
def test_what_cannot_be_meant_is_refused(name: str, value: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=name):
        single_sign_on(environment(URL, **{name: value}))


def test_levels_kinds_and_claims_are_mapped_by_settings() -> None:
    found = single_sign_on(
        environment(
            URL,
            SSO_LEVELS="一级=1, 二级=2",
            SSO_ENTERPRISE_KINDS="01,02",
            SSO_PROVIDER_KINDS="01,05",
            SSO_CLAIM_CREDIT_CODE="uscc",
        )
    )
    assert found["SSO_LEVELS"] == {"一级": 1, "二级": 2}
    assert found["SSO_KINDS"] == {"enterprise": {"01", "02"}, "provider": {"01", "05"}}
    assert found["SSO_CLAIMS"]["credit_code"] == "uscc"


def test_a_role_can_be_left_to_local_accounts(settings) -> None:
    for name, value in single_sign_on(environment(URL, SSO_PROVIDER_KINDS="none")).items():
        setattr(settings, name, value)
    assert signs_up_here(Role.PROVIDER)
    assert not signs_up_here(Role.ENTERPRISE)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SSO_TOKEN_URL", "http://id.example.gov.cn/token"),
        ("SSO_VERIFY_KID", "0"),
        ("SIGN_UP_ASSURANCE_LEVEL", "1"),
    ],
)
def test_production_refuses(name: str, value: str) -> None:
    fit = {**ON, "SSO_VERIFY_KID": "1"}
    assert [told for sound, told in faults(Environment(fit)) if not sound] == []
    found = [told for sound, told in faults(Environment({**fit, name: value})) if not sound]
    assert len(found) == 1
    assert found[0].startswith(name)


def test_production_starts_with_it_and_lets_the_form_of_signing_out_go_there() -> None:
    show = (
        "import json; from voucher_portal import settings as s; print(json.dumps("
        "[s.SSO_ISSUER, s.OIDC_USE_PKCE, s.CONTENT_SECURITY_POLICY['DIRECTIVES']['form-action']]))"
    )
    values = {**FIT, **ON, "SSO_VERIFY_KID": "1"}
    done = subprocess.run(
        [sys.executable, "-c", show],
        env={"PATH": os.environ["PATH"], **values},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [URL, True, ["'self'", URL]]
