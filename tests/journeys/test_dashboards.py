"""Officials at the dashboards: every page under axe at each width, charts drawn, lists readable, a call made, a what-if."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from dashboards.models import CallRecord
from dashboards.operations.refreshing import refresh_figures
from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.moments import moment
from foundation.regions.models import District
from tests import build
from tests.journeys.walker import Walker
from tests.orders import build as orders
from vouchers.models import Batch, LedgerEntry

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

# Within 14 days of the end of the usage window of a batch that closed on 2020-06-28 (V4).
SOON = moment(date(2020, 7, 20), 10)
FIGURES = ("", "money/", "services/")
LISTS = ("enterprises/", "applications/", "vouchers/", "orders/", "entries/")
CALLS = ("calls/lapsing/", "calls/not-applied/", "calls/not-registered/")
NAME_WIDTH_MIN = 90


@dataclass
class Officials:
    """A batch with one accepted order and one voucher without, and who looks at it."""

    batch: Batch
    district: User
    bureau: User
    province: User


@pytest.fixture
def officials() -> Officials:
    scene = orders.at_step("accept")
    batch = scene.voucher.batch
    where = District.objects.get(name="天河区")
    later = build.batch(batch.programme)
    holder = build.enterprise(district=where, name="名" * 60)
    build.apply(later, holder, 20000)
    build.decide(later)
    refresh_figures(at=SOON, programme=batch.programme)
    return Officials(
        batch,
        build.account(Role.DISTRICT, district=where),
        build.account(Role.BUREAU),
        build.account(Role.PROVINCE),
    )


def fits(page: Page) -> None:
    """Nothing is wider than the window, and in no list a word stands one character to a line."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, f"{page.url} is {wide} px wider than the window"
    cells = page.locator(".table-records tbody td:not(.number)")
    widths = cells.evaluate_all("cells => cells.map(one => one.clientWidth)")
    assert min(widths, default=NAME_WIDTH_MIN) >= NAME_WIDTH_MIN, page.url


@pytest.mark.rule("N3")
@pytest.mark.parametrize("width", [1440, 390])
def test_every_page_at_both_widths(
    page: Page, walker: Walker, officials: Officials, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    walker.at(SOON)
    for user, paths in (
        (officials.district, (*FIGURES, *LISTS, *CALLS)),
        (officials.bureau, (*FIGURES, *CALLS, "?by=industry", "what-if/", "evaluation/")),
        (officials.province, (*FIGURES, *LISTS, "evaluation/")),
    ):
        walker.sign_in(user, "/dashboard/")
        for path in paths:
            walker.open(f"/dashboard/{path}")
            fits(page)
            for chart in page.locator("[data-chart]").all():
                expect(chart.locator("canvas, svg").first).to_be_visible()
    assert not problems


@pytest.mark.rule("N3")
def test_the_wall_fits_its_screen(page: Page, walker: Walker, officials: Officials) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    walker.at(SOON)
    walker.sign_in(officials.bureau, "/dashboard/wall/")
    fits(page)
    assert page.evaluate("document.documentElement.scrollHeight <= window.innerHeight")


@pytest.mark.rule("N3")
def test_every_figure_is_there_without_scripts(
    page: Page, walker: Walker, officials: Officials
) -> None:
    walker.at(SOON)
    walker.sign_in(officials.bureau, "/dashboard/")
    assert page.context.browser
    plain = page.context.browser.new_context(java_script_enabled=False, locale="zh-CN")
    plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    bare = plain.new_page()
    for path in FIGURES:
        bare.goto(f"{walker.server}/dashboard/{path}")
        expect(bare.locator("[data-chart]:visible")).to_have_count(0)
        tables = bare.locator(".figure-block table")
        assert tables.count()
        for table in tables.all():
            expect(table).to_be_visible()
    plain.close()


@pytest.mark.rule("N3", "F5")
def test_the_district_calls_a_firm_whose_voucher_lapses(
    page: Page, walker: Walker, officials: Officials
) -> None:
    walker.at(SOON)
    walker.sign_in(officials.district, "/dashboard/")
    walker.press("联系清单")
    walker.sees("名" * 60, "138****0000", "未下单")
    with walker.leaving():
        page.get_by_text("查看号码", exact=True).click()
    walker.look()
    walker.sees("13800000000")
    assert AuditEntry.objects.filter(action="reveal_handler").count() == 1
    page.locator("summary").filter(has_text="记为已联系").click()
    page.locator("[name=note]").fill("下周下单")
    walker.press("记下")
    walker.sees("已记为已联系。", "下周下单")
    assert CallRecord.objects.get().note == "下周下单"


@pytest.mark.rule("B5", "B6", "N3")
def test_the_bureau_tries_two_amounts_side_by_side(
    page: Page, walker: Walker, officials: Officials
) -> None:
    booked = LedgerEntry.objects.count()
    walker.at(SOON)
    walker.sign_in(officials.bureau, "/dashboard/")
    walker.press("测算")
    page.locator("[name=batch]").select_option(str(officials.batch.pk))
    amounts = page.get_by_label("发放金额（元）")
    for number, amount in enumerate(("5000", "10000")):
        amounts.nth(number).fill(amount)
    with walker.leaving():
        page.locator("main").get_by_role("button", name="测算").click()
    walker.look()
    expect(page.locator("[data-chart] canvas, [data-chart] svg").first).to_be_visible()
    walker.sees("方案甲", "方案乙", "5,000", "10,000")
    assert LedgerEntry.objects.count() == booked
