"""One voucher from the bureau's programme to the settled claim, by hand in a real browser."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from foundation.accounts.models import Role
from foundation.moments import moment
from orders.models import Order
from redemption.models import Claim
from rehearsal.papers import pdf
from tests import build
from voucher_portal.jobs import run_jobs
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Batch, Programme, Voucher

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def scan(tmp_path: Path):
    """A function that makes a small PDF, no two alike."""

    def make(name: str) -> Path:
        path = tmp_path / f"{name}.pdf"
        path.write_bytes(pdf([name, str(build.number())]))
        return path

    return make


@pytest.mark.rule("B1", "B2", "O1", "O5", "R1", "R5")
def test_a_voucher_from_application_to_settlement(walker, scan):
    bureau, contractor = build.account(Role.BUREAU), build.account(Role.CONTRACTOR)
    enterprise, provider = build.enterprise(), build.provider()
    version = build.version_on_sale(provider)

    walker.at(moment(date(2020, 6, 20), 10))
    walker.open("/")
    walker.sees("目前没有正在实施的年度方案")
    issue_a_batch(walker, bureau)

    walker.at(moment(date(2020, 6, 28), 15))
    batch = Batch.objects.get()
    walker.sign_in(enterprise.account, f"/batches/{batch.pk}/")
    walker.press("立即申领")
    walker.fill(amount="150")
    walker.press("提交申领")
    walker.sees("整数倍")
    walker.fill(amount="20000")
    walker.press("提交申领")
    walker.sees("申领回执", "2020年6月29日 09:00")

    run_jobs(moment(date(2020, 6, 28), 18))
    walker.at(moment(date(2020, 6, 29), 9))
    run_jobs(moment(date(2020, 6, 29), 9))
    voucher = Voucher.objects.get()
    walker.open(f"/batches/{batch.pk}/results/")
    walker.sees("全额获券")
    walker.sign_in(enterprise.account, f"/vouchers/{voucher.pk}/")
    walker.sees("20,000 元")

    order_and_pay(walker, scan, enterprise, provider, version)
    claim_and_settle(walker, scan, bureau, contractor, provider)

    voucher.refresh_from_db()
    assert (voucher.settled, voucher.free + voucher.reclaimed) == (5000, 15000)
    assert not [str(found) for found in all_breaks()]


def issue_a_batch(walker, bureau) -> None:
    walker.sign_in(bureau, "/admin/vouchers/programme/act/new/")
    walker.fill(
        year=2020, total_amount="6000000", service_from="2019-12-01", service_until="2020-11-30"
    )
    walker.press("新建年度方案")
    programme = Programme.objects.get()
    walker.open(f"/admin/vouchers/programme/{programme.pk}/act/batch/")
    walker.fill(
        amount="2000000",
        opens_at_0="2020-06-28",
        opens_at_1="15:00",
        closes_at_0="2020-06-28",
        closes_at_1="17:30",
        valid_until="2020-11-30",
    )
    walker.press("新建批次")
    walker.open(f"/admin/vouchers/batch/{Batch.objects.get().pk}/change/")
    walker.press("发布批次")
    walker.press("发布批次")
    walker.sees("批次和发券通知已发布")


def order_and_pay(walker, scan, enterprise, provider, version) -> None:
    walker.at(moment(date(2020, 7, 1), 10))
    walker.sign_in(enterprise.account, f"/products/{version.product_id}/")
    walker.open(f"/orders/new/{version.pk}/")
    walker.fill(expected_amount="9000")
    walker.press("提交订单")
    order = Order.objects.get()
    walker.sign_in(provider.account, f"/orders/{order.pk}/")
    act(walker, order, "confirm")
    walker.sign_in(enterprise.account, f"/orders/{order.pk}/contract/")
    walker.fill(
        number="HT-2020-001",
        signed_on="2020-07-01",
        total="20000",
        supported="20000",
        service_from="2020-07-01",
        service_until="2020-08-31",
        enterprise_name=enterprise.name,
        provider_name=provider.name,
        contract_file=scan("合同"),
        not_funded_elsewhere=True,
    )
    walker.press("上传合同")
    walker.sign_in(provider.account, f"/orders/{order.pk}/")
    act(walker, order, "confirm-contract")
    walker.at(moment(date(2020, 9, 1), 10))
    walker.sign_in(enterprise.account, f"/orders/{order.pk}/payment/")
    walker.fill(
        invoice__0__code="044002000111",
        invoice__0__number="12345678",
        invoice__0__issued_on="2020-08-31",
        invoice__0__total="10000",
        invoice__0__buyer=enterprise.name,
        invoice__0__seller=provider.name,
        invoice__0__item="管理咨询",
        invoice__0__file=scan("发票"),
        transfer__0__receipt_number="HD20200831001",
        transfer__0__paid_on="2020-08-31",
        transfer__0__amount="5000",
        transfer__0__payer=enterprise.name,
        transfer__0__payee=provider.name,
        transfer__0__file=scan("回单"),
        amount="5000",
        stars="5",
        comment="服务专业",
    )
    walker.press("提交支付")
    walker.press("确认支付")
    walker.sign_in(provider.account, f"/orders/{order.pk}/")
    act(walker, order, "accept")
    order.refresh_from_db()
    assert (order.state, order.paid) == ("accepted", 5000)


def claim_and_settle(walker, scan, bureau, contractor, provider) -> None:
    walker.at(moment(date(2020, 9, 7), 10))
    walker.sign_in(provider.account, "/claims/")
    walker.open(f"/claims/new/{Programme.objects.get().pk}/")
    walker.page.locator('[name="order_pks"]').first.check()
    submit(walker)
    claim = Claim.objects.get()
    for slot in ("form", "detail"):
        walker.open(f"/claims/{claim.pk}/")
        form = walker.page.locator(f'form[action$="/scans/{slot}/"]')
        walker.upload(form.locator('[name$="file"]'), scan(slot))
        with walker.leaving():
            form.locator("button[type=submit]").click()
        walker.look()
    with walker.leaving():
        walker.page.locator('form[action$="/submit/"] button[type=submit]').click()
    walker.look()
    line = claim.lines.get()
    walker.sign_in(contractor, f"/admin/redemption/claim/{claim.pk}/change/")
    desk(walker, f"claimline/{line.pk}/act/pass")
    desk(walker, f"claim/{claim.pk}/act/finish")
    walker.sign_in(bureau, f"/admin/redemption/claim/{claim.pk}/change/")
    desk(walker, f"claim/{claim.pk}/act/approve")
    walker.open("/admin/redemption/publicitylist/act/publish/")
    walker.page.locator('[name="programme"]').select_option(index=1)
    walker.page.locator('[name="claims"]').first.check()
    submit(walker)
    walker.open("/publicity/")
    walker.at(moment(date(2020, 9, 15), 10))
    walker.sign_in(contractor, f"/admin/redemption/claim/{claim.pk}/act/settle/")
    walker.page.locator('[name="line_pks"]').first.check()
    walker.fill(paid_on="2020-09-15", receipt_number="BF-1", receipt_file=scan("银行回单"))
    submit(walker)
    claim.refresh_from_db()
    assert claim.state == "settled"
    walker.open("/publicity/results/")
    walker.sees(provider.name)


def act(walker, order, name: str) -> None:
    """Press the act's button on the order's page; some ask once more."""
    form = walker.page.locator(f'form[action$="/orders/{order.pk}/act/{name}/"]')
    if form.count() == 0:
        walker.open(f"/orders/{order.pk}/act/{name}/")
        submit(walker)
        return
    with walker.leaving():
        form.locator("button[type=submit]").click()
    walker.look()


def desk(walker, path: str) -> None:
    walker.open(f"/admin/redemption/{path}/")
    submit(walker)


def submit(walker) -> None:
    with walker.leaving():
        walker.page.locator("form [type=submit]").last.click()
    walker.look()
