"""What stands in the 兑现申请表, the 使用情况明细汇总表 and the report to the province (R1, R6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from foundation.moments import local_day
from foundation.money import ZERO
from foundation.spreadsheets import Cell, Sheet, workbook
from orders.models import Invoice
from redemption.models import Claim, ClaimLine
from redemption.queries import Papers, papers_of, reported_lines
from redemption.states import LineState
from vouchers.models import Programme


@dataclass(frozen=True)
class DetailRow:
    """One order in the 使用情况明细汇总表; amounts in yuan."""

    position: int
    line: ClaimLine
    enterprise: str
    credit_code: str
    product: str
    contract_number: str
    contract_total: Decimal
    supported: Decimal
    invoices: tuple[Invoice, ...]
    invoice_total: Decimal
    transfer_total: Decimal
    amount: Decimal
    accepted_on: date | None


@dataclass(frozen=True)
class ClaimSheet:
    """A claim as its two papers print it; ``total`` in yuan."""

    claim: Claim
    rows: list[DetailRow]
    total: Decimal
    enterprises: int


DETAIL_HEADINGS = (
    "序号",
    "订单号",
    "企业名称",
    "统一社会信用代码",
    "服务产品",
    "合同编号",
    "合同总额（元）",
    "可用券部分（元）",
    "发票号码",
    "发票合计（元）",
    "企业转账合计（元）",
    "使用服务券（元）",
    "收券日期",
)


def claim_sheet(claim: Claim) -> ClaimSheet:
    """What both papers of a claim say, taken from the orders (R1)."""
    lines = ClaimLine.objects.filter(claim=claim).select_related(
        "order__profile", "order__enterprise", "order__product_version"
    )
    rows = _detail_rows(lines, papers_of(ClaimLine.objects.filter(claim=claim)))
    return ClaimSheet(
        claim=claim,
        rows=rows,
        total=sum((row.amount for row in rows), ZERO),
        enterprises=len({row.credit_code for row in rows}),
    )


def _detail_rows(lines: Iterable[ClaimLine], papers: dict[int, Papers]) -> list[DetailRow]:
    rows = []
    for position, line in enumerate(lines, start=1):
        order, paper = line.order, papers[line.order_id]
        rows.append(
            DetailRow(
                position=position,
                line=line,
                enterprise=order.profile.name,
                credit_code=order.enterprise.credit_code,
                product=order.product_version.name,
                contract_number=paper.contract.number if paper.contract else "",
                contract_total=paper.contract.total if paper.contract else ZERO,
                supported=paper.contract.supported if paper.contract else ZERO,
                invoices=paper.invoices,
                invoice_total=sum((invoice.total for invoice in paper.invoices), ZERO),
                transfer_total=sum((transfer.amount for transfer in paper.transfers), ZERO),
                amount=line.amount,
                accepted_on=local_day(order.accepted_at) if order.accepted_at else None,
            )
        )
    return rows


def application_workbook(claim: Claim) -> bytes:
    """The 服务券兑现申请表 of a claim as an Excel file (R1)."""
    sheet, provider = claim_sheet(claim), claim.provider
    rows: list[tuple[Cell, ...]] = [
        ("申请编号", claim.number),
        ("年度方案", str(claim.programme)),
        ("服务机构名称", provider.name),
        ("统一社会信用代码", provider.credit_code),
        ("级别", provider.accreditation.get_level_display()),
        ("地址", provider.address),
        ("联系人", provider.contact),
        ("联系电话", provider.contact_mobile),
        ("开户银行", provider.bank_name),
        ("银行账号", provider.bank_account),
        ("服务企业数（家）", sheet.enterprises),
        ("订单数（个）", len(sheet.rows)),
        ("申请兑现金额（元）", sheet.total),
        ("填报日期", local_day(claim.prepared_at)),
    ]
    return workbook([Sheet("服务券兑现申请表", ("项目", "内容"), rows)])


def detail_workbook(claim: Claim) -> bytes:
    """The 使用情况明细汇总表 of a claim as an Excel file (R1)."""
    sheet = claim_sheet(claim)
    rows: list[tuple[Cell, ...]] = [
        (
            row.position,
            row.line.order.number,
            row.enterprise,
            row.credit_code,
            row.product,
            row.contract_number,
            row.contract_total,
            row.supported,
            "、".join(f"{invoice.code} {invoice.number}".strip() for invoice in row.invoices),
            row.invoice_total,
            row.transfer_total,
            row.amount,
            row.accepted_on,
        )
        for row in sheet.rows
    ]
    rows.append(("合计", *[None] * 10, sheet.total, None))
    return workbook([Sheet("使用情况明细汇总表", DETAIL_HEADINGS, rows)])


REPORT_HEADINGS = (
    "兑现申请编号",
    "服务机构",
    "服务机构信用代码",
    "机构级别",
    "订单号",
    "企业名称",
    "企业信用代码",
    "所在区",
    "规模",
    "行业",
    "服务产品",
    "服务类别",
    "合同编号",
    "合同总额（元）",
    "发票合计（元）",
    "申请兑现（元）",
    "结果",
    "兑现金额（元）",
    "不予兑现金额（元）",
    "不予兑现原因",
    "拨付日期",
    "银行回单号",
)
SUMMARY_HEADINGS = (
    "服务机构",
    "信用代码",
    "级别",
    "兑现笔数",
    "兑现金额（元）",
    "不予兑现笔数",
    "不予兑现金额（元）",
)


def province_report(programme: Programme) -> bytes:
    """Settlement results of a programme as the Excel report to the province: summary and every line (R6)."""
    return workbook(province_sheets(programme))


def province_sheets(programme: Programme) -> tuple[Sheet, Sheet]:
    """The tables of the report: a row for each provider with the sum last, and a row for each decided line (R6)."""
    lines = reported_lines(programme)
    papers = papers_of(lines)
    details: list[tuple[Cell, ...]] = []
    sums: dict[int, list[Cell]] = {}
    for line in lines:
        provider, order, paper = line.claim.provider, line.order, papers[line.order_id]
        settled = line.amount if line.state == LineState.SETTLED else ZERO
        refused = line.amount if line.state == LineState.DISALLOWED else ZERO
        details.append(
            (
                line.claim.number,
                provider.name,
                provider.credit_code,
                provider.accreditation.get_level_display(),
                order.number,
                order.profile.name,
                order.enterprise.credit_code,
                order.profile.district.name,
                order.profile.get_size_class_display(),
                order.profile.get_industry_display(),
                order.product_version.name,
                order.product_version.get_category_display(),
                paper.contract.number if paper.contract else "",
                paper.contract.total if paper.contract else ZERO,
                sum((invoice.total for invoice in paper.invoices), ZERO),
                line.amount,
                line.get_state_display(),
                settled,
                refused,
                line.reason,
                line.settlement.paid_on if line.settlement else None,
                line.settlement.receipt_number if line.settlement else "",
            )
        )
        row = sums.setdefault(
            provider.pk,
            [
                provider.name,
                provider.credit_code,
                provider.accreditation.get_level_display(),
                0,
                ZERO,
                0,
                ZERO,
            ],
        )
        for column, amount in ((3, settled), (5, refused)):
            if amount:
                row[column] += 1  # type: ignore[operator]
                row[column + 1] += amount  # type: ignore[operator]
    summary: list[tuple[Cell, ...]] = [tuple(row) for row in sums.values()]
    columns: list[Any] = (
        list(zip(*summary, strict=True)) if summary else [()] * len(SUMMARY_HEADINGS)
    )
    summary.append(
        (
            "合计",
            "",
            "",
            sum(columns[3]),
            sum(columns[4], ZERO),
            sum(columns[5]),
            sum(columns[6], ZERO),
        )
    )
    return (
        Sheet("兑现结果汇总", SUMMARY_HEADINGS, summary),
        Sheet("兑现结果明细", REPORT_HEADINGS, details),
    )
