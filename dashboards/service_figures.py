"""Orders on the dashboards: money, leverage and service quality, by service category (N3)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Sum

from dashboards.models import OrderFigures
from dashboards.reach import Reach, behind
from dashboards.tables import Chart, Column, Line, Table, quotient, summed
from foundation.money import total
from providers.models import Category

ORDER_SUMS = {
    "sum_orders": Sum("orders"),
    "sum_live": Sum("live"),
    "sum_reserved": total("reserved"),
    "sum_accepted": total("accepted"),
    "sum_own": total("own"),
    "sum_confirmed": Sum("confirmed"),
    "sum_seconds": Sum("confirm_seconds"),
    "sum_ratings": Sum("ratings"),
    "sum_stars": Sum("stars"),
}
SECONDS_PER_HOUR = 3600


def quality_of(row: dict[str, Any]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """(own money per yuan of accepted voucher, hours until confirmed, stars) of summed order figures."""
    return (
        quotient(row["sum_own"], row["sum_accepted"]),
        quotient(row["sum_seconds"] or 0, (row["sum_confirmed"] or 0) * SECONDS_PER_HOUR, "0.1"),
        quotient(row["sum_stars"] or 0, row["sum_ratings"] or 0, "0.1"),
    )


def categories(reach: Reach) -> Table:
    """Orders, money, leverage and service quality by service category."""
    sums: Any = OrderFigures.objects.filter(**reach.within()).order_by().values("category")
    found = {row["category"]: row for row in sums.annotate(**ORDER_SUMS)}
    columns = [
        Column("orders", "订单"),
        Column("live", "有效订单"),
        Column("reserved", "已预留", "money"),
        Column("accepted", "已收券", "money"),
        Column("own", "企业自付", "money"),
        Column("leverage", "每元券带动", "decimal"),
        Column("hours", "平均接单（小时）", "decimal"),
        Column("stars", "平均评分", "decimal"),
    ]
    lines = []
    for value, label in Category.choices:
        if (row := found.get(value)) is None:
            continue
        counts = [row[f"sum_{name}"] for name in ("orders", "live", "reserved", "accepted", "own")]
        links = _links(behind("orders", reach, category=value))
        lines.append(Line(label, [*counts, *quality_of(row)], links))
    return Table(
        key="categories",
        title="各类服务",
        heading="服务类别",
        columns=columns,
        lines=lines,
        total=summed(lines, columns, _links(behind("orders", reach))),
        chart=Chart("bar", ("reserved", "accepted", "own")),
        note="每元券带动：已收券订单中企业自付金额 ÷ 已收券金额。",
        query=reach.query,
        empty="还没有订单",
    )


def _links(orders: str) -> list[str]:
    """The lists behind orders, live orders and money."""
    return [orders, f"{orders}&live=1", orders, orders, orders]
