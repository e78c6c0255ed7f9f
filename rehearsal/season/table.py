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


def as_table(figures: SeasonFigures) -> str:
    """Batches, providers, and money in against money out."""
    return "\n\n".join(
        [
            f"{figures.city} {figures.year} 年中小微企业服务券 全年演练",
            _batches(figures),
            _providers(figures),
            _money(figures),
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
            f"第{batch.number}批",
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
