"""Providers on the dashboards: accepted against the cap, ratings, time to confirm; paged (N3, P7)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Sum

from dashboards.models import OrderFigures
from dashboards.reach import Reach, behind
from dashboards.service_figures import quality_of
from dashboards.tables import Column, Line, Table
from foundation.money import ZERO, total
from orders.queries import rooms_by_provider
from providers.models import Provider

COLUMNS = (
    Column("orders", "订单"),
    Column("reserved", "已预留", "money"),
    Column("accepted", "已收券", "money"),
    Column("cap", "收券上限", "money"),
    Column("left", "还可收券", "money"),
    Column("hours", "平均接单（小时）", "decimal"),
    Column("stars", "平均评分", "decimal"),
    Column("ratings", "评价数"),
)


def provider_rows(reach: Reach) -> Any:
    """Each provider with orders in the reach and its sums, the most accepted first."""
    return (
        OrderFigures.objects.filter(**reach.within())
        .values("provider_id")
        .annotate(
            sum_orders=Sum("orders"),
            sum_reserved=total("reserved"),
            sum_accepted=total("accepted"),
            sum_own=total("own"),
            sum_confirmed=Sum("confirmed"),
            sum_seconds=Sum("confirm_seconds"),
            sum_ratings=Sum("ratings"),
            sum_stars=Sum("stars"),
        )
        .order_by("-sum_accepted", "-sum_reserved", "provider_id")
    )


def providers(reach: Reach, *, page: str | None, size: int) -> tuple[Table, Page[Any]]:
    """A page of providers; cap and what is left are of the whole programme, the rest of the reach.

    What a provider can still accept stands on every product page (P7), so it says nothing of other districts' firms.
    """
    shown = Paginator(provider_rows(reach), size).get_page(page)
    return _table(reach, list(shown)), shown


def all_providers(reach: Reach) -> Table:
    """Every provider of the reach, for Excel."""
    return _table(reach, list(provider_rows(reach)))


def _table(reach: Reach, rows: list[dict[str, Any]]) -> Table:
    pks = [row["provider_id"] for row in rows]
    names = dict(Provider.objects.filter(pk__in=pks).values_list("pk", "name"))
    rooms = rooms_by_provider(pks, reach.programmes)
    lines = []
    for row in rows:
        own = rooms.get(row["provider_id"])
        _leverage, hours, stars = quality_of(row)
        link = behind("orders", reach, provider=row["provider_id"])
        lines.append(
            Line(
                names[row["provider_id"]],
                [
                    row["sum_orders"],
                    row["sum_reserved"],
                    row["sum_accepted"],
                    sum((room.cap for room in own), ZERO) if own else None,
                    sum((room.left for room in own), ZERO) if own else None,
                    hours,
                    stars,
                    row["sum_ratings"],
                ],
                [link, link, link],
            )
        )
    return Table(
        key="providers",
        title="服务机构",
        heading="服务机构",
        columns=COLUMNS,
        lines=lines,
        query=reach.query,
        note="收券上限和还可收券按年度方案全市计算，还可收券已扣除已预留和已支付（含待收券）的金额；其余为本页范围内的企业。",
        empty="还没有订单",
    )
