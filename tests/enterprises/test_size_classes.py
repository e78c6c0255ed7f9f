"""E4 and section 11: every limit of the 16 industries, from both sides."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enterprises.models import Industry, SizeClass
from enterprises.size_classes import explain_size_class, question_figures, size_class

L, M, S, X = SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL, SizeClass.MICRO

# Typed from the rulebook, not taken from the code: measure -> (大, 中, 小).
TABLE = {
    "农、林、牧、渔业": {"revenue": (20000, 500, 50)},
    "工业（采矿、制造、电力热力燃气及水）": {
        "employees": (1000, 300, 20),
        "revenue": (40000, 2000, 300),
    },
    "建筑业": {"revenue": (80000, 6000, 300), "assets": (80000, 5000, 300)},
    "批发业": {"employees": (200, 20, 5), "revenue": (40000, 5000, 1000)},
    "零售业": {"employees": (300, 50, 10), "revenue": (20000, 500, 100)},
    "交通运输业（不含铁路）": {"employees": (1000, 300, 20), "revenue": (30000, 3000, 200)},
    "仓储业": {"employees": (200, 100, 20), "revenue": (30000, 1000, 100)},
    "邮政业": {"employees": (1000, 300, 20), "revenue": (30000, 2000, 100)},
    "住宿业": {"employees": (300, 100, 10), "revenue": (10000, 2000, 100)},
    "餐饮业": {"employees": (300, 100, 10), "revenue": (10000, 2000, 100)},
    "信息传输业": {"employees": (2000, 100, 10), "revenue": (100000, 1000, 100)},
    "软件和信息技术服务业": {"employees": (300, 100, 10), "revenue": (10000, 1000, 50)},
    "房地产开发经营": {"revenue": (200000, 1000, 100), "assets": (10000, 5000, 2000)},
    "物业管理": {"employees": (1000, 300, 100), "revenue": (5000, 1000, 500)},
    "租赁和商务服务业": {"employees": (300, 100, 10), "assets": (120000, 8000, 100)},
    "其他未列明行业": {"employees": (300, 100, 10)},
}
BY_LABEL = {industry.label: industry for industry in Industry}
RANK = {X: 0, S: 1, M: 2, L: 3}
MEASURES = ("employees", "revenue", "assets")
CENT = Decimal("0.01")

pytestmark = pytest.mark.rule("E4")


def classed(industry: Industry, figures: dict[str, Decimal | int]) -> SizeClass:
    everything = {measure: figures.get(measure, 0) for measure in MEASURES}
    return size_class(
        industry,
        int(everything["employees"]),
        Decimal(everything["revenue"]),
        Decimal(everything["assets"]),
    )


def just_below(measure: str, limit: int) -> Decimal | int:
    return limit - 1 if measure == "employees" else Decimal(limit) - CENT


def test_the_table_is_complete() -> None:
    assert TABLE.keys() == BY_LABEL.keys()
    assert len(TABLE) == 16


@pytest.mark.parametrize("label", TABLE)
@pytest.mark.parametrize(
    ("column", "at_limit", "below"), [(0, L, M), (1, M, S), (2, S, X)], ids=["大", "中", "小"]
)
def test_every_limit_is_included_and_needs_every_measure(
    label: str, column: int, at_limit: SizeClass, below: SizeClass
) -> None:
    industry, rows = BY_LABEL[label], TABLE[label]
    limits = {measure: limits[column] for measure, limits in rows.items()}
    assert classed(industry, limits) == at_limit
    for measure in rows:
        short = {**limits, measure: just_below(measure, limits[measure])}
        assert classed(industry, short) == below


@pytest.mark.parametrize("label", [label for label, rows in TABLE.items() if len(rows) == 2])
def test_one_measure_alone_lifts_nothing(label: str) -> None:
    industry, rows = BY_LABEL[label], TABLE[label]
    for measure in rows:
        assert classed(industry, {measure: 10**9}) == X


@pytest.mark.parametrize("label", TABLE)
def test_measures_the_industry_does_not_use_are_ignored(label: str) -> None:
    industry, rows = BY_LABEL[label], TABLE[label]
    unused = {measure: 10**9 for measure in MEASURES if measure not in rows}
    assert classed(industry, unused) == X
    large = {measure: limits[0] for measure, limits in rows.items()}
    assert classed(industry, large) == L


figures = st.tuples(
    st.integers(0, 3000),
    st.decimals(0, 250_000, places=2),
    st.decimals(0, 250_000, places=2),
)


@given(st.sampled_from(Industry), figures, figures)
def test_more_of_everything_is_never_smaller(
    industry: Industry,
    one: tuple[int, Decimal, Decimal],
    other: tuple[int, Decimal, Decimal],
) -> None:
    more = tuple(max(a, b) for a, b in zip(one, other, strict=True))
    assert RANK[size_class(industry, *more)] >= RANK[size_class(industry, *one)]  # type: ignore[arg-type]


@given(st.sampled_from(Industry), figures)
def test_the_explanation_says_the_same(
    industry: Industry, one: tuple[int, Decimal, Decimal]
) -> None:
    told = explain_size_class(industry, *one)
    assert told.size_class == size_class(industry, *one)
    assert told.is_eligible == (told.size_class != L)
    assert RANK[told.size_class] == min(RANK[line.reaches] for line in told.lines)
    assert told.size_class.label in told.sentence
    assert len(told.lines) == len(TABLE[industry.label])


def test_an_unknown_industry_is_an_error() -> None:
    with pytest.raises(ValueError):
        size_class("railways", 1, Decimal(1), Decimal(1))


@pytest.mark.parametrize(
    ("field", "bound"), [("revenue", 1000), ("assets", 2000), ("registered_capital", 2000)]
)
def test_a_figure_above_its_bound_per_head_is_questioned(field: str, bound: int) -> None:
    limit = Decimal(bound * 20)
    assert question_figures(employees=20, **{field: limit}) == {}
    asked = question_figures(employees=20, **{field: limit + CENT})
    assert list(asked) == [field]
    assert "万元" in asked[field] and "是否误以“元”为单位" in asked[field]


def test_a_typical_slip_is_questioned_and_no_employees_count_as_one() -> None:
    assert set(
        question_figures(
            employees=12,
            revenue=Decimal(3_000_000),
            assets=Decimal(2_000_000),
            registered_capital=Decimal(1_000_000),
        )
    ) == {"revenue", "assets", "registered_capital"}
    assert question_figures(employees=0, revenue=Decimal(1000)) == {}
    assert "revenue" in question_figures(employees=0, revenue=Decimal("1000.01"))
