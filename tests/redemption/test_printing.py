"""The two papers of a claim as PDF (R1)."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest

from orders.models import Invoice
from redemption import printing
from redemption.printing import application_pdf, detail_pdf
from redemption.sheets import claim_sheet
from tests.pdfs import HOSTILE, extent, flat, fonts_embedded, pages, words
from tests.redemption import build as b
from tests.redemption.test_pages import browser

pytestmark = [pytest.mark.django_db, pytest.mark.rule("R1")]


def test_the_form_says_who_claims_how_much_and_to_which_account():
    made = b.at_step("prepare", 2)
    provider = made.scene.provider
    said = words(application_pdf(made.fresh(), at=b.PREPARED))
    for part in (
        "广州市中小微企业服务券兑现申请表",
        made.claim.number,
        provider.name,
        provider.credit_code,
        provider.bank_account,
        provider.contact_mobile,
        "10,000.00 元",
        "人民币大写：壹万元整",
        "订单数 2 个",
        "法定代表人（签字）",
    ):
        assert flat(part) in said, part


def test_the_detail_sheet_says_what_the_orders_say():
    made = b.at_step("prepare", 2)
    content = detail_pdf(made.fresh(), at=b.PREPARED)
    said = words(content)
    row = claim_sheet(made.fresh()).rows[0]
    for part in (
        row.enterprise,
        row.credit_code,
        row.contract_number,
        row.invoices[0].number,
        *(order.number for order in made.orders),
        "20,000.00",
        "5,000.00",
        "人民币大写",
    ):
        assert flat(part) in said, part
    assert all(fonts_embedded(content).values())


@pytest.fixture
def many(monkeypatch):
    """A claim whose sheet has as many rows as asked for; every third with a name of 200 hostile characters."""
    made = b.at_step("prepare")
    sheet = claim_sheet(made.fresh())

    def grow(count: int, **change):
        rows = [
            replace(
                sheet.rows[0],
                position=number,
                enterprise=(HOSTILE * 9)[:200] if number % 3 == 0 else f"广州{number}公司",
                **change,
            )
            for number in range(1, count + 1)
        ]
        grown = replace(sheet, rows=rows, total=b.yuan(5000) * count, enterprises=count)
        monkeypatch.setattr(printing, "claim_sheet", lambda claim: grown)
        return made.claim

    return grow


def test_a_long_table_has_its_head_and_number_on_every_page(many):
    found = pages(detail_pdf(many(60), at=b.PREPARED))
    assert len(found) > 3
    for number, page in enumerate(found, start=1):
        assert "统一社会信用代码" in page and "收券日期" in page
        assert f"第{number}页共{len(found)}页" in page
    assert "合计" in found[-1] and "300,000.00" in found[-1] and "叁拾万元整" in found[-1]
    assert flat((HOSTILE * 9)[:200]) in "".join(found)


@pytest.mark.parametrize("number", ["V" * 60, "V" * 12, "HT-44010020269-V00009"])
def test_a_long_contract_number_stays_in_its_column(many, number):
    content = detail_pdf(many(2, contract_number=number), at=b.PREPARED)
    assert number in words(content)
    # No credit code has a V, so that only the column holds one; it is 36 mm wide.
    left, right = extent(content, "V")
    assert right - left < 35


def test_an_order_with_more_invoices_than_a_page_loses_none(many):
    invoices = tuple(
        Invoice(code="044001900111", number=f"{70000000 + number}") for number in range(200)
    )
    said = words(detail_pdf(many(1, invoices=invoices), at=b.PREPARED))
    assert all(one.number in said for one in invoices)


def test_hostile_provider_data_are_printed_as_they_are():
    made = b.at_step("prepare")
    claim = made.fresh()
    claim.provider.name = (HOSTILE * 9)[:120]
    claim.provider.address = "A" * 200
    claim.provider.bank_name = HOSTILE
    content = application_pdf(claim, at=b.PREPARED)
    said = words(content)
    assert flat(claim.provider.name) in said
    assert "A" * 200 in said
    assert flat(HOSTILE) in said


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("form.pdf", "服务券兑现申请表 {}.pdf"),
        ("detail.pdf", "使用情况明细汇总表 {}.pdf"),
        ("form.xlsx", "服务券兑现申请表 {}.xlsx"),
        ("detail.xlsx", "使用情况明细汇总表 {}.xlsx"),
    ],
)
def test_the_papers_are_downloads_with_chinese_names(path, name):
    made = b.at_step("prepare")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        page = client.get(f"/claims/{made.claim.pk}/").content.decode()
        assert f"/claims/{made.claim.pk}/{path}" in page
        answer = client.get(f"/claims/{made.claim.pk}/{path}")
    assert answer.status_code == 200
    assert name.format(made.claim.number) in unquote(answer["Content-Disposition"])
    assert answer["Cache-Control"] == "private, no-store"


def test_a_sign_the_font_lacks_is_told_on_the_claim_page():
    made = b.at_step("prepare")
    provider = made.scene.provider
    type(provider).objects.filter(pk=provider.pk).update(address="😀 路")
    with browser(provider.account, b.PREPARED) as client:
        page = client.get(f"/claims/{made.claim.pk}/form.pdf", follow=True).content.decode()
    assert "“😀”不在 PDF 表单的字库内" in page
