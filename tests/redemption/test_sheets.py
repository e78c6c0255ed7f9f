"""The two papers of a claim and the report to the province as Excel (R1, R6)."""

from __future__ import annotations

from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook

from enterprises.models import Profile
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.spreadsheets import Sheet, workbook
from redemption.operations.archiving import hand_over_report
from redemption.sheets import (
    DETAIL_HEADINGS,
    application_workbook,
    claim_sheet,
    detail_workbook,
    province_report,
)
from tests import build
from tests.pdfs import words
from tests.redemption import build as b


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


@pytest.mark.rule("R6")
@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "91440101000000012X"]
)
def test_text_stays_text(text):
    cell = opened(workbook([Sheet("表", ("列",), [(text,)])]))["表"]["A2"]
    assert cell.data_type == "s"
    assert cell.value == text
    assert cell.number_format == "@"
    assert cell.quotePrefix == (not text[0].isdigit())


def test_money_is_a_number_and_control_characters_are_dropped():
    page = opened(workbook([Sheet("表", ("甲", "乙", "丙"), [(Decimal("1.20"), "a\x00b", None)])]))
    assert [cell.value for cell in page["表"][2]] == [1.2, "ab", None]
    assert page["表"]["A2"].number_format == "#,##0.00"


@pytest.mark.rule("R1")
@pytest.mark.django_db
def test_the_papers_of_a_claim_say_what_the_orders_say():
    made = b.at_step("prepare", 2)
    sheet = claim_sheet(made.fresh())
    assert (sheet.total, sheet.enterprises, len(sheet.rows)) == (b.yuan(10000), 1, 2)
    row = sheet.rows[0]
    assert row.enterprise == made.scene.enterprise.name
    assert row.contract_total == b.yuan(20000)
    assert row.invoice_total == b.yuan(10000)
    assert row.transfer_total == b.yuan(5000)
    page = opened(detail_workbook(made.claim)).worksheets[0]
    assert [cell.value for cell in page[1]] == list(DETAIL_HEADINGS)
    assert [page.cell(row=index, column=12).value for index in (2, 3, 4)] == [5000, 5000, 10000]
    assert page.cell(row=2, column=4).data_type == "s"
    form = opened(application_workbook(made.claim)).worksheets[0]
    said = {row[0].value: row[1].value for row in form.iter_rows(min_row=2)}
    provider = made.scene.provider
    assert said["申请兑现金额（元）"] == 10000
    assert said["银行账号"] == provider.bank_account
    assert said["统一社会信用代码"] == provider.credit_code


@pytest.mark.rule("R1")
@pytest.mark.django_db
def test_the_papers_leave_out_what_was_replaced():
    from tests.orders import build as orders

    scene = orders.at_step("pay")
    scene.ask_correction()
    scene.correct(invoices=[scene.invoice(12000)], transfers=[scene.transfer(7000)])
    scene.accept()
    made = b.World(scene, [scene.fresh()])
    row = claim_sheet(made.prepare()).rows[0]
    assert (row.invoice_total, row.transfer_total) == (b.yuan(12000), b.yuan(7000))
    assert len(row.invoices) == 1


@pytest.mark.rule("R1")
@pytest.mark.django_db
def test_the_papers_take_a_constant_number_of_queries(django_assert_num_queries):
    made = b.at_step("prepare", 3)
    claim = made.fresh()
    with django_assert_num_queries(5):
        detail_workbook(claim)


@pytest.mark.rule("R6")
@pytest.mark.django_db
def test_the_report_holds_settled_and_disallowed_lines_and_their_sums():
    made = b.at_step("submit", 3)
    made.pass_line(0)
    made.pass_line(1)
    made.disallow(2, reason="=发票不符")
    made.finish()
    made.approve()
    assert opened(province_report(made.programme))["兑现结果明细"].max_row == 1
    made.publish()
    made.settle(0, receipt_number="000123")
    book = opened(province_report(made.programme))
    details = list(book["兑现结果明细"].iter_rows(min_row=2, values_only=True))
    # The line that is not paid yet is no result.
    assert [row[16] for row in details] == ["已兑现", "不予兑现"]
    assert details[0][17:19] == (5000, 0)
    assert details[1][17:20] == (0, 5000, "=发票不符")
    assert details[0][21] == "000123"
    assert details[0][6] == made.scene.enterprise.credit_code
    summary = list(book["兑现结果汇总"].iter_rows(min_row=2, values_only=True))
    assert summary[0][3:] == (1, 5000, 1, 5000)
    assert summary[-1][0] == "合计"
    assert summary[-1][3:] == (1, 5000, 1, 5000)


@pytest.mark.rule("R6")
@pytest.mark.django_db
def test_a_hostile_name_is_no_formula_in_the_report():
    made = b.at_step("settle")
    name = '=HYPERLINK("http://evil","点我")'
    Profile.objects.filter(pk=made.orders[0].profile_id).update(name=name)
    cell = opened(province_report(made.programme))["兑现结果明细"]["F2"]
    assert (cell.value, cell.data_type) == (name, "s")


@pytest.mark.rule("R6")
@pytest.mark.django_db
def test_the_printed_report_says_the_same_to_be_stamped():
    made = b.at_step("submit", 2)
    made.pass_line(0)
    made.disallow(1, reason="发票不符")
    made.finish()
    made.approve()
    made.publish()
    made.settle(0, receipt_number="000123")
    content = hand_over_report(
        by=made.approver, at=b.SETTLED, programme=made.programme, printed=True
    )
    said = words(content)
    for part in ("兑现结果汇总", "兑现结果明细", "5,000.00", "000123", "报送单位（盖章）"):
        assert part in said
    empty = hand_over_report(
        by=made.approver, at=b.SETTLED, programme=build.programme(year=2021), printed=True
    )
    assert "尚无已办结的明细" in words(empty)


@pytest.mark.rule("R6")
@pytest.mark.django_db
def test_an_empty_report_is_a_report():
    book = opened(province_report(build.programme()))
    assert book["兑现结果汇总"]["A2"].value == "合计"


@pytest.mark.rule("R6")
@pytest.mark.django_db
def test_only_contractor_and_bureau_of_the_city_hand_over_the_report_and_it_is_audited():
    made = b.at_step("settle")
    for by in (made.reviewer, made.approver):
        assert hand_over_report(by=by, at=b.SETTLED, programme=made.programme)
    assert AuditEntry.objects.filter(action="hand_over_report").count() == 2
    foreign = build.account("bureau", of=build.city("foshan"))
    for by in (made.seller, made.adviser, build.actor(foreign), b.PUBLIC):
        with pytest.raises(OutOfReach):
            hand_over_report(by=by, at=b.SETTLED, programme=made.programme)
