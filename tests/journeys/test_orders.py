"""An order from the product to the accepted voucher, in a browser of a desk and of a phone, with its live sums."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import expect

from foundation.documents.models import StagedFile
from foundation.moments import moment
from orders.models import BankTransfer, Invoice, Order
from tests import build, scans
from tests.journeys.walker import Walker

pytestmark = [pytest.mark.browser, pytest.mark.once, pytest.mark.django_db(transaction=True)]

SIZES = {"desk": (1440, 900), "phone": (390, 844)}


@pytest.fixture(params=SIZES)
def walk(request, walker) -> Walker:
    width, height = SIZES[request.param]
    walker.page.set_viewport_size({"width": width, "height": height})
    walker.faults = []
    walker.page.on("pageerror", lambda error: walker.faults.append(str(error)))
    walker.page.on(
        "console",
        # htmx tells of each request that a newer one has replaced.
        lambda said: (
            walker.faults.append(said.text)
            if said.type == "error" and not said.text.startswith("htmx:")
            else None
        ),
    )
    return walker


@pytest.fixture
def scan(tmp_path: Path):
    """A function that makes a small PDF, no two alike."""

    def make(name: str) -> Path:
        path = tmp_path / f"{name}{build.number()}.pdf"
        path.write_bytes(scans.sent().read())
        return path

    return make


def sum_of(walker: Walker, name: str):
    return walker.page.locator(f'#reckoning [data-sum="{name}"]')


def fits(walker: Walker) -> None:
    """Nothing on the page is wider than the window."""
    page = walker.page
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wide <= 0, (page.url, wide)


@pytest.mark.rule("O1", "O2", "O3", "O4", "O5", "O7")
def test_an_order_with_two_invoices_and_two_transfers(walk, scan):
    enterprise, provider = build.enterprise(), build.provider()
    version = build.version_on_sale(provider)
    build.voucher(enterprise, 20000, build.batch())

    walk.at(moment(date(2020, 7, 1), 10))
    walk.sign_in(enterprise.account, f"/orders/new/{version.pk}/")
    expect(walk.page.locator('[data-sum="suggested"]')).to_have_text("10,000 元")
    walk.fill(expected_amount="12000")
    walk.sees("超过价格的 50%")
    walk.fill(expected_amount="9000")
    fits(walk)
    walk.press("提交订单")
    order = Order.objects.get()

    walk.sign_in(provider.account, f"/orders/?tab=confirm&q={order.number}")
    fits(walk)
    walk.press(order.number)
    walk.press("确认订单")
    walk.sees("等待企业办理")

    walk.sign_in(enterprise.account, f"/orders/{order.pk}/")
    walk.fill(
        number="HT-1",
        signed_on="2020-07-01",
        total="20,000",
        supported="18000",
        service_from="2020-07-01",
        service_until="2020-08-31",
        contract_file=scan("合同"),
        not_funded_elsewhere=True,
    )
    expect(walk.page.locator("#contract-hint")).to_contain_text("最多可用券 9,000 元")
    fits(walk)
    walk.press("上传合同")

    walk.sign_in(provider.account, f"/orders/{order.pk}/")
    walk.sees("双方名称与注册名称一致", "已剔除")
    walk.press("确认合同")

    walk.at(moment(date(2020, 9, 1), 10))
    walk.sign_in(enterprise.account, f"/orders/{order.pk}/")
    pay(walk, scan)
    walk.sign_in(provider.account, f"/orders/{order.pk}/")
    walk.sees("核对支付材料", "下单时预计 9,000 元，实际用券 8,000 元", "发票 2 张，合计 16,000 元")
    fits(walk)
    walk.press("收券")
    order.refresh_from_db()
    assert (order.state, order.paid) == ("accepted", 8000)
    walk.press("显示完整号码")
    walk.sees("13800000000", "查看对方联系电话")
    assert not walk.faults


def pay(walk: Walker, scan) -> None:
    page = walk.page
    rows = page.locator('[data-rows="invoice"] [data-row]:visible')
    expect(rows).to_have_count(1)
    walk.press_here("再加一张发票")
    walk.press_here("再加一张发票")
    expect(rows).to_have_count(3)
    for row, total in ((0, "10000"), (2, "６０００")):
        walk.fill(
            **{
                f"invoice-{row}-code": "044002000111",
                f"invoice-{row}-number": f"1234567{row}",
                f"invoice-{row}-issued_on": "2020-08-31",
                f"invoice-{row}-total": total,
                f"invoice-{row}-item": "管理咨询",
                f"invoice-{row}-file": scan("发票"),
            }
        )
    walk.fill(**{"invoice-1-total": "999"})
    expect(sum_of(walk, "invoiced")).to_have_text("16,999 元")
    rows.nth(1).get_by_role("button", name="删除这一行").click()
    expect(rows).to_have_count(2)
    expect(sum_of(walk, "invoiced")).to_have_text("16,000 元")
    expect(sum_of(walk, "most")).to_have_text("8,000 元")
    expect(page.locator('[name="amount"]')).to_have_value("8000")
    expect(page.locator("#reckoning .is-binding dt")).to_contain_text("发票合计的 50%")
    walk.press_here("再加一笔转账")
    for row, amount in ((0, "5000"), (1, "2999")):
        walk.fill(
            **{
                f"transfer-{row}-receipt_number": f"HD{row}",
                f"transfer-{row}-paid_on": "2020-08-31",
                f"transfer-{row}-amount": amount,
                f"transfer-{row}-file": scan("回单"),
            }
        )
    expect(sum_of(walk, "missing")).to_contain_text("还差 1 元")
    walk.fill(**{"transfer-1-amount": "3000"})
    expect(sum_of(walk, "missing")).to_contain_text("已足够")
    page.locator('[name="stars"][value="4"]').focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator('[name="stars"][value="5"]')).to_be_checked()
    walk.fill(comment="服务专业")
    fits(walk)
    walk.press("提交支付")
    walk.sees("还没有支付")
    expect(page.locator('[data-sum="own"]')).to_have_text("8,000 元")
    expect(page.locator('[data-sum="left"]')).to_have_text("0 元")
    fits(walk)
    walk.press("返回修改")
    expect(page.locator('[name="invoice-2-number"]')).to_have_value("12345672")
    expect(page.locator('[name="comment"]')).to_have_value("服务专业")
    expect(page.get_by_text("已上传 ·")).to_have_count(4)
    walk.press("提交支付")
    walk.press("确认支付")
    walk.sees("等待服务机构核对收券")
    assert (Invoice.objects.count(), BankTransfer.objects.count()) == (2, 2)


@pytest.mark.parametrize("state", ["contract_returned", "payment_correction", "disallowed"])
def test_the_page_is_accessible_in_every_shape_and_fits_a_phone(walker, state):
    from tests.orders import build as orders

    walker.page.set_viewport_size({"width": 360, "height": 740})
    scene = orders.in_state(state)
    walker.at(orders.PAID)
    for user in (scene.buyer.user, scene.seller.user):
        walker.sign_in(user, f"/orders/{scene.order.pk}/")
        for folded in walker.page.locator("main details").all():
            folded.locator("summary").first.click()
        walker.look()
        fits(walker)
    if state == "payment_correction":
        walker.sign_in(scene.buyer.user, f"/orders/{scene.order.pk}/")
        walker.page.locator('[name="transfer-0-amount"]').fill("4999.99")
        expect(sum_of(walker, "missing")).to_contain_text("还差 0.01 元")
        walker.press("提交补正材料")
        walker.sees("少于企业应自付的")
        walker.page.locator('[name="transfer-0-amount"]').fill("5000")
        walker.press("提交补正材料")
        walker.sees("等待服务机构核对")


@pytest.mark.rule("O7")
def test_a_row_that_comes_back_has_no_file_of_the_paper_removed_before(walk, scan):
    from tests.orders import build as orders

    scene = orders.at_step("agree")
    scene.pay(invoices=[scene.invoice(2000) for _ in range(9)], transfers=[scene.transfer(13000)])
    scene.ask_correction()
    walk.at(orders.PAID)
    walk.sign_in(scene.buyer.user, f"/orders/{scene.order.pk}/")
    rows = walk.page.locator('[data-rows="invoice"] [data-row]:visible')
    expect(rows).to_have_count(9)
    row = walk.page.locator('[data-row]:has([name="invoice-4-number"])')
    expect(row).to_contain_text("已有文件")

    def remove_and_add() -> None:
        row.get_by_role("button", name="删除这一行").click()
        expect(row).to_be_hidden()
        walk.press_here("再加一张发票")
        expect(row).to_be_visible()

    remove_and_add()
    expect(row).not_to_contain_text("已有文件")
    expect(row.locator('[name="invoice-4-kept"]')).to_have_value("")
    walk.fill(**{"invoice-4-file": scan("发票")})
    expect(row).to_contain_text("已上传")
    expect(row.locator(".file-slot__drop")).to_be_hidden()
    with walk.page.expect_response("**/discard/"):
        remove_and_add()
    expect(row).not_to_contain_text("已上传")
    expect(row.locator('[name="invoice-4-staged"]')).to_have_count(0)
    expect(row.locator(".file-slot__drop")).to_be_visible()
    assert not StagedFile.objects.exists()

    walk.fill(
        **{
            "invoice-4-number": "76543210",
            "invoice-4-issued_on": "2020-08-31",
            "invoice-4-total": "2000",
            "invoice-4-item": "管理咨询",
        }
    )
    walk.press("提交补正材料")
    walk.sees("请上传文件")
    assert not walk.faults
