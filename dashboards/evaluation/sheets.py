"""The evaluation's columns, and the evaluation as an Excel file: a sheet of the whole, one for each grouping (N3)."""

from __future__ import annotations

from dashboards.evaluation.queries import Evaluation, Line, Part
from foundation.spreadsheets import Cell, Sheet, workbook

# Heading by the figure of a Line; amounts in yuan.
HEADINGS = {
    "registered": "注册企业（家）",
    "applied": "申领企业（家）",
    "granted": "获券企业（家）",
    "issued": "发放金额（元）",
    "used": "使用金额（元）",
    "use_rate": "使用率（%）",
    "settled": "已兑现（元）",
    "disallowed": "不予兑现（元）",
    "given_back": "主动退回（元）",
    "taken_back": "系统收回（元）",
    "orders": "完成订单（笔）",
    "using": "用券企业（家）",
    "accepted": "已收服务券（元）",
    "own": "企业自付（元）",
    "invoiced": "服务合计（元）",
    "leverage": "每元券带动自付（元）",
    "ratings": "评价（条）",
    "satisfaction": "平均星级",
}
OF_ENTERPRISES = tuple(HEADINGS)
# The same in a table on the page, which says the units once.
SHORT = {
    "registered": "注册",
    "applied": "申领",
    "granted": "获券",
    "issued": "发放",
    "used": "使用",
    "use_rate": "使用率",
    "settled": "兑现",
    "leverage": "每元带动",
    "satisfaction": "星级",
    "orders": "订单",
    "using": "用券企业",
    "accepted": "收券",
    "own": "企业自付",
}
RATIOS = frozenset({"use_rate", "leverage", "satisfaction"})
# Of a provider's vouchers the ledger knows neither issue nor return.
OF_PROVIDERS = ("used", "settled", "disallowed", *OF_ENTERPRISES[OF_ENTERPRISES.index("orders") :])
# What a screen has room for; the files have all.
SHOWN = ("registered", "applied", "granted", "issued", "used", "use_rate", "settled")
SHOWN_OF_ENTERPRISES = (*SHOWN, "leverage", "satisfaction")
SHOWN_OF_PROVIDERS = ("orders", "using", "accepted", "settled", "own", "leverage", "satisfaction")


def columns_of(part: Part, *, shown: bool = False) -> tuple[str, ...]:
    """The figures of a table, all of them or those ``shown`` on the page."""
    if part.of_enterprises:
        return SHOWN_OF_ENTERPRISES if shown else OF_ENTERPRISES
    return SHOWN_OF_PROVIDERS if shown else OF_PROVIDERS


def headings_of(part: Part, *, shown: bool = False) -> list[str]:
    """The headings of a table, the group's first."""
    words = SHORT if shown else HEADINGS
    return [part.heading, *(words[name] for name in columns_of(part, shown=shown))]


def cells_of(part: Part, line: Line) -> list[Cell]:
    """A line of a table, the group's name first."""
    return [line.label, *(getattr(line, name) for name in columns_of(part))]


def shown_of(part: Part, line: Line) -> list[str]:
    """A line of a table on the page; ratios keep their places, so that they stand one below the other."""
    cells = [line.label]
    for name in columns_of(part, shown=True):
        value = getattr(line, name)
        if value is None:
            cells.append("—")
        else:
            cells.append(str(value) if name in RATIOS else f"{value:,}".removesuffix(".00"))
    return cells


def lines_of(report: Evaluation, part: Part) -> list[Line]:
    """The lines of a table; with the sum where its lines count no enterprise twice."""
    return [*part.lines, *([report.sum] if part.of_enterprises and part.lines else [])]


def overview_of(report: Evaluation) -> list[tuple[str, Cell]]:
    """The figures of the whole, in the order people read them."""
    return [
        ("年度方案发放总额（元）", report.programme.total_amount),
        ("已公布批次（批）", report.batches),
        *((HEADINGS[name], getattr(report.sum, name)) for name in OF_ENTERPRISES),
        ("发放率（发放占方案总额，%）", report.issue_rate),
        ("资金执行率（兑现占方案总额，%）", report.budget_rate),
    ]


def evaluation_sheet(report: Evaluation) -> bytes:
    """The Excel file of a report."""
    tables = [
        Sheet(
            f"按{part.heading}",
            headings_of(part),
            [cells_of(part, line) for line in lines_of(report, part)],
        )
        for part in report.parts
    ]
    return workbook([Sheet("总体情况", ("指标", "数值"), overview_of(report)), *tables])
