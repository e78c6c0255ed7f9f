"""A clerk of a firm that has never been here: from the home page to the receipt, on a phone and at a desk."""

from __future__ import annotations

import re
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import expect
from pypdf import PdfWriter

from enterprises.models import ProfileDraft, Qualification
from enterprises.operations import pass_qualification, send_back_qualification
from foundation.accounts.models import Role
from foundation.moments import moment
from tests import build
from vouchers.models import Application, Voucher

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

MORNING = moment(date(2020, 4, 10), 10)
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


@pytest.fixture(params=SIZES)
def clerk(request, walker):
    """The walker at a window of each size, where nothing may stick out."""
    width, height = SIZES[request.param]
    walker.page.set_viewport_size({"width": width, "height": height})
    return walker


@pytest.fixture
def scan(tmp_path: Path):
    """A function that makes a real one-page PDF, no two alike."""

    def make(name: str) -> Path:
        writer = PdfWriter()
        writer.add_blank_page(width=595, height=842)
        writer.add_metadata({"/Title": f"{name} {build.number()}"})
        kept = BytesIO()
        writer.write(kept)
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(kept.getvalue())
        return path

    return make


def fits(walker) -> None:
    assert walker.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
        walker.page.url
    )


def leave(walker, field: str) -> None:
    walker.page.locator(f'[name="{field}"]').blur()


def upload(walker, slot: str, file: Path, **fields: str) -> None:
    form = walker.page.locator(f"#slot-{slot} form")
    for name, value in fields.items():
        if name == "proof_kind":
            form.locator(f'[value="{value}"]').check()
        else:
            form.locator(f'[name="{name}"]').fill(value)
    form.locator('[name="file"]').set_input_files(file)
    expect(form.locator("[data-stage-url]")).to_contain_text("已上传")
    with walker.leaving():
        form.locator("button[type=submit]").last.click()
    walker.look()
    fits(walker)


@pytest.mark.rule("E1", "E2", "E3", "E4", "B2")
def test_from_the_home_page_to_the_receipt(clerk, scan):
    page = clerk.page
    clerk.at(MORNING)
    clerk.open("/")
    clerk.press("登录")
    clerk.press("注册账号")
    fits(clerk)
    page.get_by_label("企业", exact=True).check()
    clerk.fill(username="nanyuan", password="nan yuan 2020!", password_again="nan yuan 2020!")
    page.get_by_role("button", name="显示密码").first.click()
    expect(page.locator('[name="password"]')).to_have_attribute("type", "text")
    clerk.press("注册")
    clerk.sees("请先登记企业的统一社会信用代码")
    fits(clerk)

    clerk.press("登记企业")
    clerk.fill(city=str(build.city().pk), credit_code="9144010100000001")
    leave(clerk, "credit_code")
    expect(page.locator("#check-credit_code")).to_contain_text("应为 18 位")
    clerk.fill(credit_code=build.credit_code())
    leave(clerk, "credit_code")
    expect(page.locator("#check-credit_code")).to_contain_text("格式正确")
    clerk.press("登记")

    fill_in_and_come_back(clerk)
    save_the_figures(clerk)
    hand_in_the_materials(clerk, scan)

    file = Qualification.objects.get()
    contractor = build.actor(build.account(Role.CONTRACTOR))
    send_back_qualification(
        by=contractor, at=MORNING, qualification=file, item_reasons={"address": "缺门牌号"}
    )
    correct_and_hand_in_again(clerk, scan)
    pass_qualification(
        by=contractor, at=MORNING, qualification=Qualification.objects.get(), round_number=2
    )
    apply(clerk)


def fill_in_and_come_back(clerk) -> None:
    """What was typed is there after one has gone away without saving."""
    page = clerk.page
    clerk.sees("企业基本信息")
    fits(clerk)
    clerk.fill(
        name="广州南园软件有限公司",
        legal_representative="陈一",
        legal_representative_id="440101198001010000",
        is_legal_person="yes",
    )
    leave(clerk, "legal_representative_id")
    expect(page.locator("#check-legal_representative_id")).to_contain_text("校验位不符")
    clerk.fill(legal_representative_id=build.id_number())
    leave(clerk, "legal_representative_id")
    expect(page.locator("#check-legal_representative_id")).to_contain_text("格式正确")
    clerk.look()
    expect(page.locator("#draft-state")).to_contain_text("已自动保存")
    expect(page.locator("#draft-state")).to_contain_text("10:")
    clerk.open("/enterprise/")
    clerk.press("填写基本信息")
    clerk.sees("已恢复您", "请继续填写")
    expect(page.locator('[name="name"]')).to_have_value("广州南园软件有限公司")
    expect(page.locator('[name="legal_representative_id"]')).to_have_value("")


def save_the_figures(clerk) -> None:
    """The size class comes as the figures are typed, and what looks like 元 is asked about before it is saved."""
    page = clerk.page
    clerk.fill(
        address="天河区南园路",
        district=str(build.district().pk),
        registered_capital="100",
        founded_on="2018-01-01",
        industry="software",
        employees="20",
        revenue="3000000",
        assets="200",
        handler="王五",
        handler_id=build.id_number(),
        handler_mobile="13812345678",
    )
    expect(page.locator("#size-result")).to_contain_text("是否误以“元”为单位")
    clerk.look()
    clerk.fill(revenue="300")
    expect(page.locator("#size-result")).to_contain_text("小型企业")
    expect(page.locator("#size-result")).not_to_contain_text("是否误以")
    clerk.press("保存，下一步上传材料")
    clerk.sees("基本信息已保存", "上传材料")
    assert not ProfileDraft.objects.exists()
    fits(clerk)


def hand_in_the_materials(clerk, scan) -> None:
    clerk.press("查看还缺哪些")
    clerk.sees("还有 3 项需要处理", "暂不能提交")
    with clerk.leaving():
        clerk.page.locator('a[href$="#slot-licence"]').click()
    upload(clerk, "licence", scan("营业执照"))
    upload(clerk, "proof", scan("完税证明"), proof_kind="tax")
    clerk.press("打印声明函")
    clerk.sees("广州南园软件有限公司")
    clerk.open("/enterprise/materials/")
    upload(clerk, "declaration", scan("声明函"), declared_on="2020-04-09")
    clerk.press("下一步：检查与提交")
    clerk.sees("各项已齐全")
    fits(clerk)
    clerk.press("提交核对")
    clerk.sees("资料已提交", "承办单位正在核对")


def correct_and_hand_in_again(clerk, scan) -> None:
    """Only what was sent back stands open; the link leads into it."""
    clerk.open("/enterprise/")
    clerk.sees("缺门牌号")
    with clerk.leaving():
        clerk.page.get_by_role("link", name=re.compile("去补正.*地址和所在区")).click()
    clerk.look()
    fits(clerk)
    expect(clerk.page.locator('[name="address"]')).to_be_visible()
    expect(clerk.page.locator('[name="handler"]')).to_be_hidden()
    clerk.fill(address="天河区南园路 8 号")
    clerk.press("保存，下一步上传材料")
    clerk.sees("待上传")
    upload(clerk, "declaration", scan("新声明函"), declared_on="2020-04-10")
    clerk.press("下一步：检查与提交")
    clerk.press("提交核对")
    clerk.open("/enterprise/history/")
    clerk.sees("与上一轮相比", "天河区南园路 8 号")
    fits(clerk)


def apply(clerk) -> None:
    """The page is open before the batch is; it becomes usable without reloading, and keeps what was typed."""
    page = clerk.page
    opens = moment(date(2020, 4, 10), 15)
    batch = build.batch(
        opens_at=opens,
        closes_at=opens + timedelta(hours=2),
        announced_at=MORNING,
        valid_until=date(2020, 9, 30),
    )
    clerk.at(opens - timedelta(seconds=8))
    clerk.open("/enterprise/")
    clerk.sees("即将开始申领")
    clerk.press("查看条件，先填好金额")
    fits(clerk)
    button = page.get_by_role("button", name="提交申领")
    expect(button).to_be_disabled()
    page.get_by_role("button", name="20,000 元").click()
    expect(page.locator('[name="amount"]')).to_have_value("20000")
    expect(button).to_be_enabled(timeout=20_000)
    expect(page.locator("[data-status]")).to_have_text("申领已开始，可以提交。")
    clerk.press("提交申领")
    made = Application.objects.get()
    clerk.sees(made.number, "顺序号", "服务器收到完整申领的时间")
    fits(clerk)
    clerk.press("撤回申领")
    clerk.sees("作废", "再次申领")
    clerk.press("确认撤回")
    clerk.press("再次申领")
    clerk.fill(amount="6000")
    clerk.press("提交申领")

    build.decide(batch)
    clerk.at(moment(date(2020, 4, 13), 10))
    sign_in_again(clerk)
    clerk.sees("6,000 元可用")
    clerk.press("使用服务券")
    fits(clerk)
    clerk.fill(amount="1000")
    clerk.press("下一步：确认退回")
    clerk.sees("本年度还可申领", "14,000 元", "15,000 元")
    fits(clerk)
    clerk.press("确认退回 1,000 元")
    clerk.sees("已退回 1,000 元")
    clerk.open("/vouchers/")
    fits(clerk)
    clerk.open("/vouchers/applications/")
    fits(clerk)
    assert Voucher.objects.get().returned == 1000


def sign_in_again(clerk) -> None:
    clerk.page.context.clear_cookies()
    clerk.open("/login/")
    clerk.fill(username="nanyuan", password="nan yuan 2020!")
    with clerk.leaving():
        clerk.page.locator("main button[type=submit]").click()
    clerk.look()
    fits(clerk)


@pytest.mark.parametrize("script", [False])
def test_registration_goes_without_scripts(browser, live_server, walker, scan, script):
    """The main line needs no script: the server says everything after the button is pressed."""
    walker.at(MORNING)
    account = build.account(Role.ENTERPRISE)
    context = browser.new_context(java_script_enabled=script, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{live_server.url}/login/")
    page.fill('[name="username"]', account.username)
    page.fill('[name="password"]', "a long password")
    page.click("main button[type=submit]")
    page.get_by_role("link", name="登记企业").click()
    page.select_option('[name="city"]', str(build.city().pk))
    page.fill('[name="credit_code"]', build.credit_code())
    page.get_by_role("button", name="登记", exact=True).click()
    for name, value in {
        "name": "广州无脚本有限公司",
        "legal_representative": "陈一",
        "legal_representative_id": build.id_number(),
        "address": "天河路 1 号",
        "registered_capital": "100",
        "founded_on": "2018-01-01",
        "employees": "20",
        "revenue": "3000000",
        "assets": "200",
        "handler": "王五",
        "handler_id": build.id_number(),
        "handler_mobile": "13812345678",
    }.items():
        page.fill(f'[name="{name}"]', value)
    page.check('[name="is_legal_person"][value="yes"]')
    page.select_option('[name="district"]', str(build.district().pk))
    page.select_option('[name="industry"]', "software")
    page.get_by_role("button", name="保存，下一步上传材料").click()
    page.check('[name="figures_confirmed"]')
    page.get_by_role("button", name="保存，下一步上传材料").click()
    for slot, fields in (("licence", {}), ("proof", {}), ("declaration", {})):
        form = page.locator(f"#slot-{slot} form")
        if slot == "proof":
            form.locator('[value="tax"]').check()
        if slot == "declaration":
            form.locator('[name="declared_on"]').fill("2020-04-09")
        form.locator('[name="file"]').set_input_files(scan(slot))
        with page.expect_navigation():
            form.locator("button[type=submit]").click()
        assert not fields
    page.get_by_role("link", name="下一步：检查与提交").click()
    page.get_by_role("button", name="提交核对").click()
    expect(page.locator("body")).to_contain_text("承办单位正在核对")
    context.close()
