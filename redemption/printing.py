"""The 服务券兑现申请表 and the 使用情况明细汇总表 of a claim (R1), and the report to the province (R6), as PDF."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from foundation.moments import local_day, spoken_day
from foundation.money import ZERO, capital_money
from foundation.printing.typesetting import Data, print_form
from foundation.spreadsheets import Cell
from redemption.models import Claim
from redemption.sheets import claim_sheet, province_sheets
from vouchers.models import Programme

STATEMENT = (
    "本机构申明：所提交的合同、发票、对公转账凭证等材料真实有效，服务已按合同完成，"
    "未重复申请其他财政资金支持；如有不实，愿退回资金并承担相应责任。"
)


def application_pdf(claim: Claim, *, at: datetime) -> bytes:
    """The 服务券兑现申请表; raises UnableToPrint."""
    sheet, provider = claim_sheet(claim), claim.provider
    data: dict[str, Data] = {
        "title": f"{claim.programme.city}中小微企业服务券兑现申请表",
        "note": "",
        "number": claim.number,
        "year": str(claim.programme.year),
        "provider": provider.name,
        "credit_code": provider.credit_code,
        "level": provider.accreditation.get_level_display(),
        "address": provider.address,
        "legal_representative": provider.legal_representative,
        "contact": provider.contact,
        "contact_mobile": provider.contact_mobile,
        "bank_name": provider.bank_name,
        "bank_account": provider.bank_account,
        "prepared_on": spoken_day(local_day(claim.prepared_at)),
        "enterprises": str(sheet.enterprises),
        "orders": str(len(sheet.rows)),
        "contract_total": _figure(sum((row.contract_total for row in sheet.rows), ZERO)),
        "invoice_total": _figure(sum((row.invoice_total for row in sheet.rows), ZERO)),
        "total": _figure(sheet.total),
        "total_in_capitals": capital_money(sheet.total),
        "statement": STATEMENT,
    }
    return print_form("redemption/form_sheet.typ", data, at=at)


def detail_pdf(claim: Claim, *, at: datetime) -> bytes:
    """The 使用情况明细汇总表, A4 across, its head on every page; raises UnableToPrint."""
    sheet = claim_sheet(claim)
    data: dict[str, Data] = {
        "title": f"{claim.programme.city}中小微企业服务券使用情况明细汇总表",
        "number": claim.number,
        "provider": claim.provider.name,
        "rows": [
            {
                "position": row.position,
                "order": row.line.order.number,
                "product": row.product,
                "enterprise": row.enterprise,
                "credit_code": row.credit_code,
                "contract_number": row.contract_number,
                "contract_total": _figure(row.contract_total),
                "supported": _figure(row.supported),
                "invoices": [f"{one.code} {one.number}".strip() for one in row.invoices],
                "invoice_total": _figure(row.invoice_total),
                "transfer_total": _figure(row.transfer_total),
                "amount": _figure(row.amount),
                "accepted_on": f"{row.accepted_on:%Y-%m-%d}" if row.accepted_on else "",
            }
            for row in sheet.rows
        ],
        "contract_total": _figure(sum((row.contract_total for row in sheet.rows), ZERO)),
        "supported": _figure(sum((row.supported for row in sheet.rows), ZERO)),
        "invoice_total": _figure(sum((row.invoice_total for row in sheet.rows), ZERO)),
        "transfer_total": _figure(sum((row.transfer_total for row in sheet.rows), ZERO)),
        "total": _figure(sheet.total),
        "total_in_capitals": capital_money(sheet.total),
    }
    return print_form("redemption/detail_sheet.typ", data, at=at)


# What a printed line of the report has room for; the Excel file has every column.
PRINTED = (
    "兑现申请编号",
    "服务机构",
    "订单号",
    "企业名称",
    "所在区",
    "规模",
    "服务产品",
    "发票合计（元）",
    "申请兑现（元）",
    "结果",
    "兑现金额（元）",
    "拨付日期",
    "银行回单号",
)


def province_pdf(programme: Programme, *, at: datetime) -> bytes:
    """The report of settlement results to the province, to be stamped (R6); raises UnableToPrint."""
    summary, details = province_sheets(programme)
    places = [list(details.headings).index(heading) for heading in PRINTED]
    data: dict[str, Data] = {
        "title": f"{programme.city}{programme.year} 年中小微企业服务券兑现结果报告",
        "as_of": spoken_day(local_day(at)),
        "summary": [[_said(cell) for cell in row] for row in summary.rows],
        "summary_headings": list(summary.headings),
        "detail": [[_said(row[place]) for place in places] for row in details.rows],
        "detail_headings": list(PRINTED),
    }
    return print_form("redemption/province_report.typ", data, at=at)


def _said(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return _figure(cell)
    return f"{cell:%Y-%m-%d}" if isinstance(cell, date) else str(cell or "")


def _figure(amount: Decimal) -> str:
    return f"{amount:,.2f}"
