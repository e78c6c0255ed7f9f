"""The season's figures as text tables, wide characters counted double."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from unicodedata import east_asian_width

from foundation.money import ZERO
from rehearsal.season.report import SeasonFigures

_PLACES = {
    "free": "可用",
    "reserved": "预留",
    "paid": "已支付未兑现",
    "settled": "已兑现",
    "disallowed": "不予兑现",
    "returned": "主动退回",
    "reclaimed": "系统收回",
}


# What else a city officer asks for, by the tally's names.
_EVENTS = {
    "files_passed": "企业资料核对通过",
    "files_sent_back": "企业资料退回补正",
    "files_refused": "企业资料不予通过",
    "applications": "申领",
    "withdrawals": "撤回申领",
    "orders_declined": "机构未接单",
    "orders_cancelled": "企业取消订单",
    "orders_cancelled_together": "双方协商取消",
    "contracts_sent_back": "合同退回补正",
    "orders.lapse_due_orders": "订单逾期失效",
    "payments_returned": "退回支付",
    "lines_disallowed_in_review": "初审不予兑现",
    "lines_disallowed_by_bureau": "市局不予兑现",
    "objections_upheld": "异议成立",
    "objections_rejected": "异议不成立",
    "settlements": "拨付",
    "violations_reported": "违规报告",
}


def as_table(figures: SeasonFigures) -> str:
    """Batches, providers, money in against money out, and what else happened."""
    return "\n\n".join(
        [
            f"{figures.city} {figures.year} 年中小微企业服务券 全年演练",
            _batches(figures),
            _providers(figures),
            _money(figures),
            _events(figures),
        ]
    )


def _batches(figures: SeasonFigures) -> str:
    heads: tuple[str, ...] = (
        "批次",
        "申领截止",
        "结果公布",
        "发放金额",
        "申领(家)",
        "申领金额",
        "获券(家)",
        "获券金额",
    )
    heads += ("部分", "未获", "下单金额", "已支付", "已兑现", "不予兑现", "主动退回", "系统收回")
    rows = [
        (
            f"第 {batch.number} 批",
            batch.closed,
            batch.published,
            _yuan(batch.amount),
            str(batch.applications),
            _yuan(batch.applied),
            str(batch.vouchers),
            _yuan(batch.granted),
            str(batch.partial),
            str(batch.not_granted + batch.passed_over),
            _yuan(batch.ordered),
            _yuan(batch.paid),
            *(
                _yuan(batch.places[place])
                for place in ("settled", "disallowed", "returned", "reclaimed")
            ),
        )
        for batch in figures.batches
    ]
    return "一、各批次（金额单位：元）\n" + _aligned(heads, rows, texts=3)


def _providers(figures: SeasonFigures) -> str:
    heads = ("服务机构", "级别", "订单", "收券上限", "已收券", "已兑现", "不予兑现", "评分")
    rows = [
        (
            provider.name,
            provider.level,
            str(provider.orders),
            _yuan(provider.cap),
            _yuan(provider.accepted),
            _yuan(provider.settled),
            _yuan(provider.disallowed),
            f"{provider.stars:.1f}" if provider.stars is not None else "—",
        )
        for provider in figures.providers
    ]
    return "二、各服务机构（金额单位：元）\n" + _aligned(heads, rows, texts=2)


def _money(figures: SeasonFigures) -> str:
    out = sum(figures.ended.values(), ZERO) + figures.on_the_way
    lines = ["三、资金进出（金额单位：元）", f"  发放合计  {_yuan(figures.issued)}"]
    lines += [f"  其中{_PLACES[place]}  {_yuan(amount)}" for place, amount in figures.ended.items()]
    lines.append(f"  尚未了结  {_yuan(figures.on_the_way)}")
    balance = "相符" if out == figures.issued and not figures.faults else "不符"
    lines.append(f"  进出{balance}：发放 {_yuan(figures.issued)} = 去向合计 {_yuan(out)}")
    lines += [f"  ！{fault}" for fault in figures.faults]
    return "\n".join(lines)


def _events(figures: SeasonFigures) -> str:
    told = [f"{words} {figures.events.get(name, 0)}" for name, words in _EVENTS.items()]
    told.append(f"被规则拦下的操作 {sum(figures.refusals.values())}")
    lines = ["，".join(told[place : place + 6]) for place in range(0, len(told), 6)]
    return "四、其间发生（次）\n" + "\n".join(f"  {line}" for line in lines)


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}".removesuffix(".00")


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> str:
    """Columns side by side; the first ``texts`` are words and stand left, figures stand right."""
    widths = [max(_width(row[place]) for row in [heads, *rows]) for place in range(len(heads))]

    def line(row: Sequence[str]) -> str:
        cells = []
        for place, (cell, width) in enumerate(zip(row, widths, strict=True)):
            gap = " " * (width - _width(cell))
            cells.append(cell + gap if place < texts else gap + cell)
        return "  ".join(cells).rstrip()

    return "\n".join(line(row) for row in [heads, *rows])
