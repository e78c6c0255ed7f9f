"""Scenarios beside each other and beside what really was granted, as tables (B5, B6)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from decimal import Decimal

from dashboards.tables import Chart, Column, Line, Table, Value
from enterprises.models import SizeClass
from foundation.money import ZERO
from vouchers.what_if import Applicant, Grants


def compared(applicants: Sequence[Applicant], real: Grants, tried: Sequence[Grants]) -> Table:
    """Each scenario as a row: how many got something, how much, and who gains or loses against reality."""
    columns = [
        Column("amount", "可发金额", "money"),
        Column("granted", "获券家数"),
        Column("partial", "其中部分获券"),
        Column("priority", "优先档获券"),
        Column("sum", "发放金额", "money"),
        Column("first", "其中优先档", "money"),
        Column("unmet", "未满足金额", "money"),
        Column("left", "剩余金额", "money"),
        Column("gain", "比首行多得"),
        Column("lose", "比首行少得"),
    ]
    eligible = {one.sequence for one in applicants if one.is_eligible}
    lines = [_line(one, real, eligible) for one in (real, *tried)]
    return Table(
        key="scenarios",
        title="各方案对比",
        heading="方案",
        columns=columns,
        lines=lines,
        chart=Chart("bar", ("granted", "priority")),
        note="未满足金额：符合条件的申领中没有发放的部分。多得、少得：获券金额与首行相比增加、减少的家数；首行在排序前按现行规则测算，排序后为实际结果。",
    )


def _line(grants: Grants, real: Grants, eligible: set[int]) -> Line:
    got = {sequence: amount for sequence, amount in grants.granted.items() if amount}
    asked = sum((grants.asked[sequence] for sequence in eligible), ZERO)
    values: list[Value] = [
        grants.amount,
        len(got),
        sum(amount < grants.asked[sequence] for sequence, amount in got.items()),
        len(got.keys() & grants.priority),
        grants.total,
        sum((got[sequence] for sequence in got.keys() & grants.priority), ZERO),
        asked - grants.total,
        grants.amount - grants.total,
        sum(amount > real.granted[sequence] for sequence, amount in grants.granted.items()),
        sum(amount < real.granted[sequence] for sequence, amount in grants.granted.items()),
    ]
    return Line(grants.name, values)


def spread(
    applicants: Sequence[Applicant],
    grants: Sequence[Grants],
    *,
    key: str,
    heading: str,
    group: Callable[[Applicant], str],
    order: Sequence[str] = (),
) -> Table:
    """Yuan granted by group, the scenarios side by side; groups in ``order``, or by their names."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(grants))
    for one in applicants:
        row = sums[group(one)]
        for index, tried in enumerate(grants):
            row[index] += tried.granted[one.sequence]
    columns = [Column(f"s{index}", one.name, "money") for index, one in enumerate(grants)]
    return Table(
        key=f"scenarios-{key}",
        title=f"各方案发放金额（按{heading}）",
        heading=heading,
        columns=columns,
        lines=[
            Line(label, sums[label]) for label in sorted(sums, key=order.index if order else None)
        ],
        chart=Chart("bar", tuple(column.key for column in columns)),
    )


def size_of(applicant: Applicant) -> str:
    """The words for an applicant's size."""
    return SizeClass(applicant.size_class).label
