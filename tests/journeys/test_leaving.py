"""Leaving a page with something not handed in, and where reading starts after an error."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from foundation.accounts.models import Role
from tests import build
from tests.orders import build as orders

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]


def test_typed_words_are_not_lost_without_a_warning(walker) -> None:
    scene = orders.at_step("confirm")
    walker.at(orders.UPLOADED)
    walker.sign_in(scene.buyer.user, f"/orders/{scene.order.pk}/")
    page, asked = walker.page, []

    def stay(dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    page.get_by_role("link", name="← 全部订单").click()
    page.wait_for_url("**/orders/")
    page.go_back()
    page.locator('[name="number"]').click()
    page.keyboard.type("HT-1")
    page.get_by_role("link", name="← 全部订单").click(no_wait_after=True)
    expect(page.locator('[name="number"]')).to_have_value("HT-1")
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="上传合同", exact=True).click()
    expect(page.locator("[data-focus]")).to_be_focused()
    assert asked == ["beforeunload"], "handing in asks nothing"


def test_the_skip_link_and_error_links_leave_the_address_as_it_was(walker) -> None:
    user = build.account(Role.ENTERPRISE)
    walker.sign_in(user, "/enterprise/register/")
    page = walker.page
    page.locator(".skip-link").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#content")).to_be_focused()
    for _time in range(2):
        page.get_by_role("button", name="登记", exact=True).click()
        expect(page.locator("[data-focus]")).to_be_focused()
        assert "#" not in page.url
        page.locator("[data-focus] a").first.click()
        assert "#" in page.url
