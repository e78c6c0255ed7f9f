"""The dashboard's tables as Excel files, within the same reach as the page (N3)."""

from __future__ import annotations

from datetime import datetime

from dashboards import queries
from foundation.spreadsheets import Cell, Sheet, workbook

FUNNEL = ("已注册", "已具备资格", "已申领", "获券金额", "下单金额", "支付金额", "兑现金额")


def export(table: str, reach: queries.Reach, at: datetime) -> bytes | None:
    """The Excel file of a table by its name; None for an unknown name."""
    if table in queries.GROUPINGS:
        return workbook([_funnel(table, reach, at)])
    make = {
        "batches": _batches,
        "lapsing": lambda reach: _lapsing(reach, at),
        "not-registered": _not_registered,
        "providers": _providers,
    }.get(table)
    return workbook([make(reach)]) if make else None


def _funnel(grouping: str, reach: queries.Reach, at: datetime) -> Sheet:
    heading = queries.GROUPINGS[grouping][0]
    rows = queries.funnel(reach, grouping, at)
    cells: list[list[Cell]] = [
        [
            row.label,
            row.registered,
            row.eligible,
            row.applied,
            row.granted,
            row.ordered,
            row.paid,
            row.settled,
        ]
        for row in [*rows, queries.sum_of(rows)]
    ]
    return Sheet(f"按{heading}", (heading, *FUNNEL), cells)


def _batches(reach: queries.Reach) -> Sheet:
    headings = (
        "批次",
        "张数",
        "发放",
        "未使用",
        "已预留",
        "已支付",
        "已兑现",
        "不予兑现",
        "主动退回",
        "系统收回",
    )
    names = (
        "batch_number",
        "vouchers",
        "granted",
        "unused",
        "ordered",
        "spent",
        "done",
        "refused",
        "given_back",
        "taken_back",
    )
    return Sheet(
        "批次", headings, [[row[name] for name in names] for row in queries.batch_figures(reach)]
    )


def _lapsing(reach: queries.Reach, at: datetime) -> Sheet:
    rows: list[list[Cell]] = []
    for voucher in queries.lapsing(reach, at):
        profile = voucher.allocation.application.profile
        rows.append(
            [
                voucher.enterprise.name,
                voucher.enterprise.credit_code,
                profile.district.name,
                profile.handler,
                voucher.free,
                voucher.batch.usage_ends_at.date(),
            ]
        )
    return Sheet(
        "即将收回", ("企业", "统一社会信用代码", "区", "经办人", "未使用金额", "截止日"), rows
    )


def _not_registered(reach: queries.Reach) -> Sheet:
    rows: list[list[Cell]] = [
        [entry.name, entry.credit_code, entry.get_category_display()]
        for entry in queries.not_registered(reach)
    ]
    return Sheet("未注册", ("企业", "统一社会信用代码", "名单类别"), rows)


def _providers(reach: queries.Reach) -> Sheet:
    rows: list[list[Cell]] = [
        [
            row["provider"].name,
            row["accepted"],
            row["reserved"],
            row["cap"],
            row["left"],
            "" if row["stars"] is None else f"{row['stars']:.1f}",
        ]
        for row in queries.provider_figures(reach)
    ]
    return Sheet("服务机构", ("服务机构", "已收券", "已预留", "收券上限", "还可收券", "评分"), rows)
