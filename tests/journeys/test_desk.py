"""A new contractor at the review screen: registrations and a claim, without leaving it; every click is counted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from enterprises.models import Qualification
from foundation.accounts.models import Role
from foundation.moments import end_of_day
from redemption.states import ClaimState, LineState
from tests import build
from tests.enterprises.build import LATER, registered, submitted
from tests.orders import build as orders
from tests.redemption import build as claims

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]
REGISTRATIONS = 20
LINES = 30
REVIEW = re.compile(r"/review/")


class Reviewer:
    """Counts the clicks and keys of whoever reviews, and that the review screen is never left."""

    def __init__(self, walker) -> None:
        self.walker, self.page = walker, walker.page
        self.clicks = self.keys = 0
        self.page.set_default_timeout(30_000)

    def click(self, words: str) -> None:
        self.clicks += 1
        with self.walker.leaving():
            self.page.get_by_role("button", name=words, exact=False).first.click()

    def click_here(self, words: str) -> None:
        self.clicks += 1
        self.page.get_by_role("button", name=words, exact=False).first.click()

    def tick(self, words: str) -> None:
        self.clicks += 1
        self.page.get_by_label(words, exact=False).first.check()

    def press(self, key: str) -> None:
        self.keys += 1
        self.page.keyboard.press(key)

    def decide(self, key: str) -> None:
        with self.walker.leaving():
            self.press(key)

    def is_on_screen(self) -> None:
        assert REVIEW.search(self.page.url), self.page.url


@pytest.mark.rule("E6")
def test_registrations_one_after_the_other(walker):
    for place in range(REGISTRATIONS):
        submitted(
            registered(),
            name=f"广州市测试第{place + 1}号企业管理咨询服务有限责任公司",
            legal_representative_id=build.id_number(),
            handler_id=build.id_number(),
        )
    user = build.account(Role.CONTRACTOR)
    walker.at(LATER)
    walker.sign_in(user, "/admin/")
    walker.sees("企业资料待核对", "20 件")
    reviewer = Reviewer(walker)
    reviewer.click("领取下一件")
    walker.look()
    # One of them is sent back with a reason from the list and a word of one's own.
    reviewer.clicks += 1
    item = walker.page.locator("[data-item=proof]")
    item.get_by_label("有问题").check()
    reviewer.clicks += 1
    item.locator("select").select_option(index=1)
    item.locator("input[type=text]").fill("第二页缺角")
    walker.look()
    reviewer.click("退回补正")
    for _ in range(REGISTRATIONS - 1):
        reviewer.is_on_screen()
        reviewer.tick("其余各项均已核对，相符")
        reviewer.click("通过")
    walker.sees("没有等您办理的下一件")
    states = Qualification.objects.values_list("state", flat=True)
    assert sorted(states) == ["passed"] * (REGISTRATIONS - 1) + ["returned"]
    print(f"{REGISTRATIONS} registrations: {reviewer.clicks} clicks")
    assert reviewer.clicks == 1 + 3 + 2 * (REGISTRATIONS - 1)


@pytest.mark.rule("E6")
def test_the_same_by_keys_and_never_while_typing(walker):
    first, second = submitted(registered()), submitted(registered())
    user = build.account(Role.CONTRACTOR)
    walker.at(LATER)
    walker.sign_in(user, "/admin/")
    reviewer = Reviewer(walker)
    reviewer.click("领取下一件")
    page = walker.page
    expect(page.locator("[data-file][aria-current]")).to_have_text("营业执照副本")
    page.keyboard.press("j")
    expect(page.locator("[data-file][aria-current]")).to_contain_text("完税证明")
    page.keyboard.press("r")
    expect(page.locator("[data-stage]")).to_have_attribute("data-turn", "90")
    page.keyboard.press("+")
    expect(page.locator("[data-stage]")).to_have_attribute("data-zoom", "2")
    page.keyboard.press("?")
    expect(page.locator("#review-keys")).to_have_attribute("open", "")
    walker.look()
    page.keyboard.press("Escape")
    page.locator("[data-item=name]").get_by_label("有问题").check()
    note = page.locator("[data-item=name] input[type=text]")
    note.fill("")
    note.press_sequentially("npaxb?")
    expect(note).to_have_value("npaxb?")
    assert REVIEW.search(page.url) and Qualification.objects.filter(state="submitted").count() == 2
    note.fill("")
    page.locator("[data-item=name]").get_by_label("相符").check()
    page.locator("h1").click()
    for file in (first, second):
        expect(page.locator("body")).to_contain_text(file.enterprise.credit_code)
        reviewer.press("a")
        reviewer.decide("p")
    walker.sees("没有等您办理的下一件")
    assert set(Qualification.objects.values_list("state", flat=True)) == {"passed"}
    assert first.pk != second.pk


@pytest.mark.rule("R2")
def test_a_claim_of_thirty_lines(walker):
    scene = orders.scene(5_000 * LINES, enterprise_cap=orders.yuan(5_000 * LINES))
    made = claims.World(scene, claims.accepted_orders(scene, LINES))
    for step in (made.prepare, made.attach, made.submit):
        step()
    walker.at(end_of_day(claims.REVIEWED.date()))
    walker.sign_in(made.contractor, "/admin/")
    reviewer = Reviewer(walker)
    reviewer.click("领取下一件")
    walker.look()
    # The first line is disallowed with a reason of the list; the button opens the place for it.
    reviewer.click_here("不予兑现")
    reviewer.clicks += 1
    walker.page.get_by_label("常用原因").select_option(label="服务未实际完成或缺少成果")
    reviewer.click("不予兑现")
    for _ in range(LINES - 1):
        reviewer.is_on_screen()
        reviewer.click("通过")
    walker.look()
    walker.sees("不予兑现 5,000 元：服务未实际完成或缺少成果")
    reviewer.click("结束初审")
    assert made.fresh().state == ClaimState.FIRST_REVIEWED
    states = [line.state for line in made.lines()]
    assert states == [LineState.DISALLOWED] + [LineState.PASSED] * (LINES - 1)
    print(f"a claim of {LINES} lines: {reviewer.clicks} clicks")
    assert reviewer.clicks == 1 + 3 + (LINES - 1) + 1


def test_without_scripts_documents_are_links_and_the_form_works(browser, live_server, walker):
    file = submitted(registered())
    user = build.account(Role.CONTRACTOR)
    walker.at(LATER)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill("[name=username]", user.username)
    page.fill("[name=password]", "a long password")
    with page.expect_navigation():
        page.locator("main button[type=submit]").click()
    page.goto(f"{live_server.url}/admin/")
    page.get_by_role("button", name="领取下一件").first.click()
    page.get_by_role("link", name="声明函", exact=False).first.click()
    expect(page.locator("[data-file][aria-current]")).to_contain_text("声明函")
    assert f"/files/{file.declaration_id}/pages/1/" in page.content()
    page.get_by_label("其余各项均已核对", exact=False).check()
    page.get_by_role("button", name="通过", exact=False).first.click()
    expect(page.locator("body")).to_contain_text("没有等您办理的下一件")
    context.close()
    assert Qualification.objects.get().state == "passed"
