"""A product's price beside what it was and what others ask, for its reviewer (P5). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from foundation.checks import Check, beside, warns_if
from foundation.money import spoken_money

# From how much on a difference is pointed out, as a share of what it is compared with (ADR 0023).
RISE_WORTH_A_LOOK = Decimal("0.20")
ABOVE_OTHERS_WORTH_A_LOOK = Decimal("0.50")


@dataclass(frozen=True)
class PriceHistory:
    """Prices in yuan. ``former_*`` None for a first version; ``others_*`` are means over ``others`` products on sale."""

    low: Decimal
    high: Decimal
    former_low: Decimal | None
    former_high: Decimal | None
    others: int
    others_low: Decimal
    others_high: Decimal
    service_type: str


def price_checks(history: PriceHistory) -> list[Check]:
    """The price against the version before and against products of the same type."""
    return [_before(history), _others(history)]


def _before(history: PriceHistory) -> Check:
    label = "价格与上一版本"
    if history.former_high is None or history.former_low is None:
        return Check("pass", label, "首次发布，没有上一版本", "price")
    rise = (history.high - history.former_high) / history.former_high
    words = (
        f"上一版本 {_span(history.former_low, history.former_high)}，"
        f"本版本 {_span(history.low, history.high)}"
    )
    if rise:
        words += f"，{'上涨' if rise > 0 else '下降'} {abs(rise):.1%}"
    return warns_if(rise > RISE_WORTH_A_LOOK, label, words, item="price")


def _others(history: PriceHistory) -> Check:
    label = "价格与同类产品"
    if not history.others:
        return Check("pass", label, f"没有其他“{history.service_type}”产品在售，无可比对", "price")
    above = (history.high - history.others_high) / history.others_high
    words = (
        f"{history.others} 个“{history.service_type}”产品平均 "
        f"{_span(history.others_low, history.others_high)}，"
        f"本产品{beside(above)}"
    )
    return warns_if(above > ABOVE_OTHERS_WORTH_A_LOOK, label, words, item="price")


def _span(low: Decimal, high: Decimal) -> str:
    return spoken_money(low) if low == high else f"{spoken_money(low)}至{spoken_money(high)}"
