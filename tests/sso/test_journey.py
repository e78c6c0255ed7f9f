"""An enterprise comes by the identity platform for the first time, in a real browser, and signs out (E1)."""

from __future__ import annotations

import pytest
from django.conf import settings as live_settings
from playwright.sync_api import expect

from foundation.accounts.models import PlatformIdentity
from tests.foundation.build import credit_code
from tests.journeys.conftest import walker  # noqa: F401
from tests.sso.conftest import Platform
from voucher_portal.identity_platform import origin_of

pytestmark = [
    pytest.mark.browser,
    pytest.mark.once,
    pytest.mark.django_db(transaction=True),
    pytest.mark.rule("E1"),
]


def test_first_sign_in_to_registration_and_out(platform: Platform, walker, settings) -> None:  # noqa: F811
    policy = live_settings.CONTENT_SECURITY_POLICY
    actions = [*policy["DIRECTIVES"]["form-action"], origin_of(platform.url)]
    settings.CONTENT_SECURITY_POLICY = {
        "DIRECTIVES": {**policy["DIRECTIVES"], "form-action": actions}
    }
    platform.person("legal-browser", credit_code=credit_code(77))
    page = walker.page
    walker.open("/login/")
    page.get_by_role("link", name="统一身份认证平台登录").click()
    page.wait_for_url(f"{platform.url}/oauth2/authorize*")
    page.locator('input[name="sub"]').fill("legal-browser")
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/login/platform/new/")
    walker.look()
    walker.sees("广州测试科技有限公司", credit_code(77), "L2")
    # Nothing chosen: said at the field.
    walker.press("建立账号并登录")
    expect(page.locator("[data-focus]")).to_be_focused()
    walker.fill(role="enterprise")
    walker.press("建立账号并登录")
    page.wait_for_url("**/enterprise/**")
    account = PlatformIdentity.objects.get(credit_code=credit_code(77)).account
    assert account.assurance_level == 2
    walker.open("/enterprise/register/")
    expect(page.locator('[name="credit_code"]')).to_have_value(credit_code(77))
    walker.open("/account/")
    walker.sees("统一身份认证平台", credit_code(77))
    page.get_by_role("button", name="退出", exact=True).click()
    page.wait_for_url(f"{platform.url}/oauth2/end_session*")
    walker.page.goto(f"{walker.server}/messages/")
    assert "/login/" in page.url


def test_who_is_refused_reads_what_to_do(platform: Platform, walker) -> None:  # noqa: F811
    platform.person("low", assurance_level="L0")
    page = walker.page
    walker.open("/login/")
    page.get_by_role("link", name="统一身份认证平台登录").click()
    page.locator('input[name="sub"]').fill("low")
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url("**/login/platform/back/*")
    walker.look()
    walker.sees("可信级别不足", "实名核验", "换用其他法人账号登录")
