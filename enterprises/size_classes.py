"""Size classes by 中小企业划型标准规定 (工信部联企业〔2011〕300号), all 16 industries (E4, section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType

from enterprises.models import Industry, SizeClass
from foundation.money import spoken_money


class Measure(StrEnum):
    """What an industry is measured by; employees in persons, revenue and assets in 万元."""

    EMPLOYEES = "employees"
    REVENUE = "revenue"
    ASSETS = "assets"

    @property
    def label(self) -> str:
        """The measure's Chinese name."""
        return {"employees": "从业人员", "revenue": "营业收入", "assets": "资产总额"}[self.value]

    @property
    def unit(self) -> str:
        """The measure's unit as shown."""
        return "人" if self is Measure.EMPLOYEES else "万元"


@dataclass(frozen=True)
class Limits:
    """The least values of 大, 中 and 小 for one measure; a value equal to the limit is in."""

    measure: Measure
    large: int
    medium: int
    small: int

    def of(self, size_class: SizeClass) -> int:
        """The limit of a class; 0 for 微, which has none."""
        return {
            SizeClass.LARGE: self.large,
            SizeClass.MEDIUM: self.medium,
            SizeClass.SMALL: self.small,
        }.get(size_class, 0)


_E, _R, _A = Measure.EMPLOYEES, Measure.REVENUE, Measure.ASSETS

STANDARD: Mapping[Industry, tuple[Limits, ...]] = MappingProxyType(
    {
        Industry.AGRICULTURE: (Limits(_R, 20000, 500, 50),),
        Industry.MANUFACTURING: (Limits(_E, 1000, 300, 20), Limits(_R, 40000, 2000, 300)),
        Industry.CONSTRUCTION: (Limits(_R, 80000, 6000, 300), Limits(_A, 80000, 5000, 300)),
        Industry.WHOLESALE: (Limits(_E, 200, 20, 5), Limits(_R, 40000, 5000, 1000)),
        Industry.RETAIL: (Limits(_E, 300, 50, 10), Limits(_R, 20000, 500, 100)),
        Industry.TRANSPORT: (Limits(_E, 1000, 300, 20), Limits(_R, 30000, 3000, 200)),
        Industry.WAREHOUSING: (Limits(_E, 200, 100, 20), Limits(_R, 30000, 1000, 100)),
        Industry.POST: (Limits(_E, 1000, 300, 20), Limits(_R, 30000, 2000, 100)),
        Industry.LODGING: (Limits(_E, 300, 100, 10), Limits(_R, 10000, 2000, 100)),
        Industry.CATERING: (Limits(_E, 300, 100, 10), Limits(_R, 10000, 2000, 100)),
        Industry.TELECOM: (Limits(_E, 2000, 100, 10), Limits(_R, 100000, 1000, 100)),
        Industry.SOFTWARE: (Limits(_E, 300, 100, 10), Limits(_R, 10000, 1000, 50)),
        Industry.REAL_ESTATE: (Limits(_R, 200000, 1000, 100), Limits(_A, 10000, 5000, 2000)),
        Industry.PROPERTY: (Limits(_E, 1000, 300, 100), Limits(_R, 5000, 1000, 500)),
        Industry.LEASING: (Limits(_E, 300, 100, 10), Limits(_A, 120000, 8000, 100)),
        Industry.OTHER: (Limits(_E, 300, 100, 10),),
    }
)

# From the largest down: the first class whose limits are all met is the class.
_DESCENDING = (SizeClass.LARGE, SizeClass.MEDIUM, SizeClass.SMALL)

# Above these 万元 a head a figure looks like 元; chosen high, for a question costs honest users a tick.
REVENUE_PER_HEAD = 1_000
ASSETS_PER_HEAD = 2_000
CAPITAL_PER_HEAD = 2_000
# How many people an enterprise is taken to have while nobody has said.
HEADS_UNKNOWN = 100


def size_class(
    industry: Industry | str, employees: int, revenue: Decimal, assets: Decimal
) -> SizeClass:
    """The size class of an enterprise; ``revenue`` and ``assets`` in 万元 (E4).

    A class needs every limit of its column; a figure that the industry does not use is ignored. Raises ValueError for
    an industry outside the 16.
    """
    values = _values(employees, revenue, assets)
    for candidate in _DESCENDING:
        if all(values[row.measure] >= row.of(candidate) for row in STANDARD[Industry(industry)]):
            return candidate
    return SizeClass.MICRO


@dataclass(frozen=True)
class MeasureLine:
    """One measure of an explanation: the figure, the limits, and the class that it alone would allow."""

    label: str
    unit: str
    value: Decimal | int
    large: int
    medium: int
    small: int
    reaches: SizeClass


@dataclass(frozen=True)
class SizeExplanation:
    """How a size class came about, for the self-test page (E4)."""

    industry: Industry
    size_class: SizeClass
    lines: tuple[MeasureLine, ...]

    @property
    def is_eligible(self) -> bool:
        """Whether the class is one that vouchers are for (E4)."""
        return self.size_class != SizeClass.LARGE

    @property
    def sentence(self) -> str:
        """The result in one Chinese sentence."""
        lowest = "、".join(line.label for line in self.lines if line.reaches == self.size_class)
        both = "各项指标须同时达到上一档下限才划入上一档，" if len(self.lines) > 1 else ""
        return f"{both}按{lowest}确定为{self.size_class.label}企业。"


def explain_size_class(
    industry: Industry | str, employees: int, revenue: Decimal, assets: Decimal
) -> SizeExplanation:
    """``size_class`` with the figures and limits that decided it; units as there."""
    values = _values(employees, revenue, assets)
    lines = tuple(
        MeasureLine(
            label=row.measure.label,
            unit=row.measure.unit,
            value=values[row.measure],
            large=row.large,
            medium=row.medium,
            small=row.small,
            reaches=next(
                (one for one in _DESCENDING if values[row.measure] >= row.of(one)), SizeClass.MICRO
            ),
        )
        for row in STANDARD[Industry(industry)]
    )
    return SizeExplanation(
        industry=Industry(industry),
        size_class=size_class(industry, employees, revenue, assets),
        lines=lines,
    )


def question_figures(
    *,
    employees: int | None,
    revenue: Decimal | None = None,
    assets: Decimal | None = None,
    registered_capital: Decimal | None = None,
) -> dict[str, str]:
    """Chinese questions, by field, about figures that look like 元 where 万元 is meant (section 11).

    A figure is questioned when it is above its plausible bound for the number of employees; None is not looked at.
    Where the industry is not measured by employees, the self-test does not know their number: None.
    """
    heads = HEADS_UNKNOWN if employees is None else max(employees, 1)
    bounds = (
        ("revenue", "上年营业收入", revenue, REVENUE_PER_HEAD),
        ("assets", "上年资产总额", assets, ASSETS_PER_HEAD),
        ("registered_capital", "注册资本", registered_capital, CAPITAL_PER_HEAD),
    )
    return {
        field: f"{label}填写为 {_plain(figure)} 万元（即 {_in_yuan(figure)}），是否误以“元”为单位？"
        for field, label, figure, bound in bounds
        if figure is not None and figure > bound * heads
    }


def _plain(figure: Decimal) -> str:
    text = f"{figure:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _in_yuan(figure: Decimal) -> str:
    """A figure in 万元 so that its size is seen at a glance: nobody counts the zeros of 32,000,000,000 元."""
    return f"{_plain(figure / 10_000)} 亿元" if figure >= 10_000 else spoken_money(figure * 10_000)


def _values(employees: int, revenue: Decimal, assets: Decimal) -> dict[Measure, Decimal | int]:
    return {_E: employees, _R: revenue, _A: assets}
