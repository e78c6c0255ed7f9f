"""A visitor without an account: the moment of opening, the size test, and every public page under axe."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from foundation.notices.models import Notice, NoticeKind
from tests import build
from tests.journeys.walker import Walker
from tests.redemption import build as redemption

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.mark.rule("B2")
def test_the_button_appears_at_the_moment_of_opening(page: Page, walker: Walker) -> None:
    """The browser's clock is set wrong by a day; only the time that passes counts."""
    batch = build.batch()
    walker.at(build.OPENS - timedelta(minutes=10))
    page.clock.install(time=build.OPENS - timedelta(days=1))
    walker.open("/")
    button = page.get_by_role("link", name="立即申领")
    left = page.locator('[data-in-phase="before"] [data-left]')
    expect(button).to_be_hidden()
    # The clocks run on while the browser works: minutes apart, so that its pace does not matter.
    expect(left).to_have_text(re.compile(r"00:0[89]:\d\d|00:10:00"))
    loaded = page.evaluate("window.notReloaded = true")
    assert loaded
    page.clock.fast_forward("05:00")
    expect(left).to_have_text(re.compile(r"00:0[34]:\d\d"))
    expect(button).to_be_hidden()
    page.clock.fast_forward("05:01")
    expect(button).to_be_visible()
    expect(left).to_be_hidden()
    expect(page.locator("[data-said]")).to_have_text("申领已开始。")
    assert page.evaluate("window.notReloaded")
    assert button.get_attribute("href") == f"/vouchers/apply/{batch.pk}/"
    page.clock.fast_forward("02:31:00")
    expect(button).to_be_hidden()
    expect(page.locator("[data-said]")).to_have_text("申领已截止。")


@pytest.mark.rule("E4")
def test_the_size_test_asks_what_counts_and_answers_in_place(page: Page, walker: Walker) -> None:
    walker.open("/enterprise/size-test/")
    revenue, assets = page.get_by_label("上年营业收入"), page.get_by_label("上年资产总额")
    expect(revenue).to_be_hidden()
    page.get_by_label("所属行业").select_option("construction")
    expect(revenue).to_be_visible()
    expect(page.get_by_label("从业人员")).to_be_hidden()
    page.evaluate("window.notReloaded = true")
    walker.press_here("测算")
    expect(page.get_by_role("alert")).to_be_focused()
    walker.fill(revenue="6000", assets="50000000")
    walker.press_here("测算")
    expect(page.get_by_role("heading", name="测算结果：中型企业")).to_be_focused()
    walker.sees("是否误以“元”为单位")
    walker.look()
    assert page.evaluate("window.notReloaded")
    assert page.url.endswith("?industry=construction&revenue=6000&assets=50000000")
    # With an answer on the page, a changed figure is computed again by the server.
    assets.fill("300")
    assets.blur()
    expect(page.get_by_role("heading", name="测算结果：小型企业")).to_be_visible()
    walker.open(page.url.removeprefix(walker.server))
    walker.sees("测算结果：小型企业")


@pytest.mark.parametrize("width", [1440, 360])
def test_every_public_page_at_both_widths(page: Page, walker: Walker, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    made = redemption.at_step("publish", 2)
    scene = made.scene
    build.programme(of=build.city("zhuhai"))
    version = build.version_on_sale(
        build.provider(name="名" * 60), name="长" * 80, price=Decimal("1234567.89")
    )
    notice = Notice.objects.create(
        city=build.city(),
        kind=NoticeKind.HELP,
        title="很长的标题" * 24,
        body="https://example.com/" + "a" * 300,
        publish_at=build.OPENS,
    )
    walker.at(redemption.PUBLISHED)
    for address in (
        "/",
        "/?city=zhuhai",
        "/help/",
        "/help/pay/",
        "/products/?rating=4&price_from=x",
        f"/products/{scene.version.product_id}/",
        f"/products/{version.product_id}/",
        f"/products/providers/{version.product.provider_id}/",
        "/batches/",
        f"/batches/{scene.batch.pk}/",
        f"/batches/{scene.batch.pk}/results/",
        f"/batches/{scene.batch.pk}/results/?show=print",
        "/notices/",
        f"/notices/{notice.pk}/",
        "/publicity/",
        f"/publicity/{made.claim.publicity_id}/",
        "/publicity/results/",
        "/publicity/follow/",
        f"/publicity/lines/{made.line().pk}/objection/",
        "/enterprise/size-test/?industry=construction&revenue=6000&assets=50000000",
    ):
        walker.open(address)
        wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert wide <= 0, f"{address} is {wide} px wider than the window"
