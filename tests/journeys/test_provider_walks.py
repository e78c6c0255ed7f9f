"""A provider from sign-up to a product in review, and from accepted orders to a submitted claim, in a real browser.

Each walk is taken on a desktop and on a phone; axe looks at every page.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.rosters.models import Level
from providers.models import Product, Provider
from redemption.models import Claim
from tests import build, scans
from tests.providers import build as make
from tests.redemption import build as claims

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SIZES = [
    pytest.param({"width": 1440, "height": 900}, id="desktop"),
    pytest.param({"width": 390, "height": 844}, id="phone"),
]


@pytest.fixture
def scan(tmp_path: Path):
    """A function that makes a one-page PDF, no two alike."""

    def made(name: str) -> Path:
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(scans.sent().read())
        return path

    return made


def no_sideways_scrolling(walker) -> None:
    assert not walker.page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")


@pytest.mark.rule("P1", "P2", "P5")
@pytest.mark.parametrize("size", SIZES)
def test_from_sign_up_to_a_product_in_review(walker, scan, size):
    walker.page.set_viewport_size(size)
    walker.at(moment(date(2020, 4, 10), 10))
    listed = make.accreditation("广州示范服务平台有限公司", level=Level.PROVINCIAL)
    user = build.account(Role.PROVIDER)
    register(walker, scan, user, listed)
    provider = Provider.objects.get(account=user)
    provider = make.approve_provider(
        by=make.reviewer(provider), at=provider.submitted_at, provider=provider
    )
    walker.open("/provider/")
    walker.press("新增产品")
    walker.fill(
        name="企业管理诊断报告", service_type="管理", delivery_kind="report", price_min="20000"
    )
    walker.press("保存草稿，继续填写")
    write_product(walker, scan)
    no_sideways_scrolling(walker)
    walker.press("提交审核")
    walker.sees("正在审核")
    assert Product.objects.get().versions.get().state == "in_review"


def register(walker, scan, user, listed) -> None:
    walker.sign_in(user, "/provider/")
    walker.press("开始登记")
    # One letter is wrong: the portal asks back while one types.
    name = walker.page.locator("#id_name")
    name.press_sequentially("广州示范服务平合有限公司")
    walker.sees("不能继续注册", "是否为")
    walker.press(listed.name)
    walker.sees("名录中有这家机构")
    no_sideways_scrolling(walker)
    walker.fill(**make.details(), credit_code=listed.credit_code)
    walker.press("保存，下一步：上传材料")
    walker.fill(file=scan("执照"))
    walker.press("上传")
    walker.open("/provider/commitment/")
    walker.open("/provider/materials/commitment/")
    walker.fill(file=scan("承诺书"), committed_on="2020-04-01")
    walker.press("上传")
    walker.sees("材料已齐")
    no_sideways_scrolling(walker)
    walker.press("提交核对")
    walker.sees("正在核对")


def write_product(walker, scan) -> None:
    page = walker.page
    saved = page.locator("#saved-introduction")
    page.get_by_label("广州市").check()
    for field in ("overview", "process", "cycle", "results", "acceptance"):
        page.locator(f"#id_{field}").fill(f"{field} 的内容")
    page.locator("#id_acceptance").blur()
    expect(saved).to_contain_text("已自动保存")

    # A range brings rows; one is added, filled and removed again, and the range is taken back.
    page.get_by_label("区间价").check()
    rows = page.locator("#section-price tbody tr")
    expect(rows).to_have_count(1)
    page.locator("#section-price").get_by_role("button", name="增加一行").click()
    expect(rows).to_have_count(2)
    page.locator("#id_price_2").fill("20000")
    page.get_by_role("button", name="移除第 2 行").click()
    expect(rows).to_have_count(1)
    expect(page.locator("#saved-price")).to_contain_text("还没有保存")
    walker.look()
    page.get_by_label("固定价", exact=True).check()
    expect(page.locator("#saved-price")).to_contain_text("已自动保存")
    expect(rows.first).to_be_hidden()

    page.get_by_label("企业内部定价依据").check()
    for field, amount in (("cost", "15000"), ("profit", "4000"), ("tax", "999.99")):
        page.locator(f"#id_{field}").fill(amount)
    expect(page.locator("[data-costing-sum]")).to_contain_text("合计 19,999.99 元")
    expect(page.locator("[data-costing-sum]")).to_contain_text("少 0.01 元")
    page.locator("#id_tax").fill("1000")
    expect(page.locator("[data-costing-sum]")).to_contain_text("相符")
    page.locator("#id_tax").blur()
    expect(page.locator("#saved-basis")).to_contain_text("已自动保存")
    for slot in ("qualification-0", "contract-1", "invoice-1", "result-1", "report-0"):
        place = page.locator(f"#slot-{slot}")
        place.locator("[name=file]").set_input_files(scan(slot))
        place.locator("form.slot__form button[type=submit]").click()
        expect(page.locator(f"#slot-{slot}.slot--filled")).to_be_visible()
    walker.look()
    assert page.locator("#id_overview").input_value() == "overview 的内容"


@pytest.mark.rule("R1")
@pytest.mark.parametrize("size", SIZES)
def test_from_accepted_orders_to_a_submitted_claim(walker, scan, size):
    walker.page.set_viewport_size(size)
    made = claims.world(2)
    walker.at(claims.PREPARED)
    walker.sign_in(made.scene.provider.account, "/provider/")
    walker.press("申请兑现")
    picked = walker.page.locator("[data-picked]")
    expect(picked).to_contain_text("已选 2 个订单，合计 10,000 元")
    walker.page.locator("[name=order_pks]").first.uncheck()
    expect(picked).to_contain_text("已选 1 个订单，合计 5,000 元")
    walker.page.get_by_label("全选本页").check()
    expect(picked).to_contain_text("合计 10,000 元")
    no_sideways_scrolling(walker)
    walker.press("创建兑现申请")
    claim = Claim.objects.get()
    walker.sees("请先上传")
    for slot in ("form", "detail"):
        walker.open(f"/claims/{claim.pk}/")
        form = walker.page.locator(f'form[action$="/scans/{slot}/"]')
        form.locator("[name=file]").set_input_files(scan(slot))
        with walker.leaving():
            form.locator("button[type=submit]").click()
        walker.look()
    walker.press("提交兑现申请")
    walker.sees("现在由承办单位办理")
    no_sideways_scrolling(walker)
    walker.open("/claims/")
    walker.sees(claim.number, "10,000 元")
    claim.refresh_from_db()
    assert claim.state == "submitted"
