"""A product's price beside what it was and what others ask (P5)."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from providers.policies.prices import PriceHistory, price_checks

HISTORY = PriceHistory(
    low=Decimal(12_000),
    high=Decimal(12_000),
    former_low=Decimal(10_000),
    former_high=Decimal(10_000),
    others=2,
    others_low=Decimal(8_000),
    others_high=Decimal(8_000),
    service_type="管理咨询",
)


@pytest.mark.rule("P5")
@pytest.mark.parametrize(
    ("changes", "before", "others"),
    [
        ({}, "pass", "pass"),
        ({"high": Decimal("12000.01")}, "warn", "warn"),
        ({"high": Decimal(9_000), "low": Decimal(9_000)}, "pass", "pass"),
        ({"former_low": None, "former_high": None}, "pass", "pass"),
        ({"others": 0, "others_high": Decimal(0)}, "pass", "pass"),
    ],
)
def test_what_is_worth_a_look(changes: dict, before: str, others: str) -> None:
    # 20 % above the former version and 50 % above the others are still in.
    assert [one.outcome for one in price_checks(replace(HISTORY, **changes))] == [before, others]


@pytest.mark.rule("P5")
def test_the_evidence_has_the_figures() -> None:
    first, second = price_checks(HISTORY)
    assert "上一版本 10,000 元" in first.evidence and "上涨 20.0%" in first.evidence
    assert "2 个“管理咨询”产品平均 8,000 元" in second.evidence and "50.0%" in second.evidence
