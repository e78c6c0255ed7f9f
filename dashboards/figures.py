"""The figures of the dashboards, read from the rolled-up rows only: a handful of rows whatever the size (N3)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Sum
from django.urls import reverse

from dashboards.groupings import GROUPINGS, Grouping
from dashboards.models import DayFigures, EnterpriseFigures, OrderFigures, VoucherFigures
from dashboards.operations.refreshing import DAY_KINDS
from dashboards.reach import Reach, behind
from dashboards.service_figures import ORDER_SUMS, quality_of
from dashboards.tables import Chart, Column, Line, Table, rate, summed
from foundation.money import ZERO, total
from vouchers.models import Batch
from vouchers.states import BatchState

STAGES = {
    "registered": "已注册",
    "eligible": "已具备资格",
    "applied": "已申领",
    "granted": "已获券",
    "ordered": "已下单",
    "paid": "已支付",
    "settled": "已兑现",
}
PLACES = {
    "amount": "发放",
    "free": "未使用",
    "reserved": "已预留",
    "paid": "已支付",
    "settled": "已兑现",
    "disallowed": "不予兑现",
    "returned": "主动退回",
    "reclaimed": "系统收回",
}
SPENT = ("paid", "settled", "disallowed")
USED = ("reserved", *SPENT)
# What a list of vouchers can be asked for beside one place: those with money in any of several.
SEVERAL = {"used": ("已下单（含其后各步）", USED), "spent": ("已支付（含其后各步）", SPENT)}
WEEK_DAYS = 7


def _grouped(
    model: Any, reach: Reach, grouping: Grouping, **sums: Any
) -> dict[Any, dict[str, Any]]:
    """Sums by group, in the order in which the group's words stand."""
    rows = model.objects.filter(**reach.within()).order_by().values(grouping.field).annotate(**sums)
    found = {row.pop(grouping.field): row for row in rows}
    words = grouping.words(reach)
    return {key: {"label": words[key], **found[key]} for key in words if key in found}


def funnel(reach: Reach, grouping: Grouping) -> Table:
    """How many enterprises got how far, by district, city, size or industry."""
    sums = {f"sum_{stage}": Sum(stage) for stage in STAGES}
    columns = [Column(stage, label) for stage, label in STAGES.items()]
    lines = []
    for key, row in _grouped(EnterpriseFigures, reach, grouping, **sums).items():
        links = [
            behind("enterprises", reach, stage=stage, **{grouping.filter: key}) for stage in STAGES
        ]
        city = f"{reverse('dashboards:home')}?programme={key}" if grouping.key == "city" else ""
        lines.append(Line(row["label"], [row[f"sum_{stage}"] for stage in STAGES], links, city))
    return Table(
        key=f"funnel-{grouping.key}",
        title=f"企业进展（按{grouping.heading}，家）",
        heading=grouping.heading,
        columns=columns,
        lines=lines,
        total=summed(
            lines, columns, [behind("enterprises", reach, stage=stage) for stage in STAGES]
        ),
        chart=Chart("bar", ("registered", "applied", "granted", "paid")),
        query=reach.query,
        empty="还没有企业提交年度资料",
    )


def money(reach: Reach, grouping: Grouping) -> Table:
    """Where the voucher money is, by group; every yuan is in exactly one place (V2)."""
    sums = {f"sum_{place}": total(place) for place in PLACES}
    columns = [
        Column("vouchers", "张数"),
        *(Column(p, label, "money") for p, label in PLACES.items()),
    ]
    lines = []
    for key, row in _grouped(
        VoucherFigures, reach, grouping, count=Sum("vouchers"), **sums
    ).items():
        if not row["count"]:
            continue
        chosen = {grouping.filter: key}
        links = [
            behind("vouchers", reach, **chosen),
            *(behind("vouchers", reach, place=place, **chosen) for place in PLACES),
        ]
        lines.append(Line(row["label"], [row["count"], *(row[f"sum_{p}"] for p in PLACES)], links))
    whole = [
        behind("vouchers", reach),
        *(behind("vouchers", reach, place=place) for place in PLACES),
    ]
    return Table(
        key=f"money-{grouping.key}",
        title=f"服务券资金去向（按{grouping.heading}）",
        heading=grouping.heading,
        columns=columns,
        lines=lines,
        total=summed(lines, columns, whole),
        chart=Chart("stacked", tuple(place for place in PLACES if place != "amount")),
        query=reach.query,
        empty="还没有发放服务券",
    )


# Label, kind, and the list behind it.
_DEMAND = {
    "applications": ("申领家次", "number", "applications"),
    "requested": ("申领金额", "money", "applications"),
    "holders": ("获券家次", "number", "vouchers"),
    "vouchers": ("券张数", "number", "vouchers"),
    "amount": ("发放金额", "money", "vouchers"),
}


def batches(reach: Reach) -> Table:
    """What was applied for and granted, batch by batch; nothing of a result before it is published (B7)."""
    sums = {
        f"sum_{name}": total(name) if kind == "money" else Sum(name)
        for name, (_label, kind, _listing) in _DEMAND.items()
    }
    columns = [Column(name, label, kind) for name, (label, kind, _listing) in _DEMAND.items()]
    listings = [listing for _label, _kind, listing in _DEMAND.values()]
    lines = []
    for key, row in _grouped(VoucherFigures, reach, GROUPINGS["batch"], **sums).items():
        values = [row[f"sum_{name}"] for name in _DEMAND]
        links = [behind(listing, reach, batch=key) for listing in listings]
        lines.append(Line(row["label"], values, links))
    return Table(
        key="batches",
        title="各批次申领与获券",
        heading="批次",
        columns=columns,
        lines=lines,
        total=summed(
            lines,
            columns,
            [behind(listing, reach) for listing in listings],
        ),
        chart=Chart("bar", ("requested", "amount")),
        query=reach.query,
        empty="还没有申领",
    )


def comparison(reach: Reach, grouping: Grouping) -> Table:
    """Districts or cities beside each other: shares, so that large and small can be compared."""
    stages = _grouped(
        EnterpriseFigures, reach, grouping, **{f"sum_{stage}": Sum(stage) for stage in STAGES}
    )
    places = _grouped(
        VoucherFigures, reach, grouping, **{f"sum_{place}": total(place) for place in PLACES}
    )
    columns = [
        Column("applied", "申领率", "rate"),
        Column("used", "下单率", "rate"),
        Column("paid", "支付率", "rate"),
        Column("settled", "兑现率", "rate"),
        Column("lost", "收回率", "rate"),
    ]
    lines = []
    for key, row in stages.items():
        held = places.get(key, defaultdict(lambda: ZERO))
        issued = held["sum_amount"]
        used = sum((held[f"sum_{place}"] for place in USED), ZERO)
        paid = used - held["sum_reserved"]
        lines.append(
            Line(
                row["label"],
                [
                    rate(row["sum_applied"], row["sum_registered"]),
                    rate(used, issued),
                    rate(paid, issued),
                    rate(held["sum_settled"], issued),
                    rate(held["sum_reclaimed"], issued),
                ],
                [
                    behind("enterprises", reach, stage="applied", **{grouping.filter: key}),
                    *(
                        behind("vouchers", reach, place=place, **{grouping.filter: key})
                        for place in ("used", "spent", "settled", "reclaimed")
                    ),
                ],
            )
        )
    return Table(
        key="comparison",
        title=f"各{grouping.heading}对比",
        heading=grouping.heading,
        columns=columns,
        lines=lines,
        chart=Chart("bar", ("applied", "used", "settled")),
        note="申领率：已申领占已注册的企业；下单率（含已支付、已兑现、不予兑现）、支付率（含已兑现、不予兑现）、兑现率、收回率：占发放金额。",
        query=reach.query,
    )


def to_lapse(reach: Reach, at: datetime) -> Table:
    """What will be reclaimed, by date: free balances when the usage window ends, the rest at expiry (V4, V5)."""
    figures = {
        row["batch_id"]: row
        for row in VoucherFigures.objects.filter(**reach.within())
        .order_by()
        .values("batch_id")
        .annotate(unused=total("free"), waiting=total("reserved"))
    }
    batches = Batch.objects.filter(pk__in=figures, state=BatchState.PUBLISHED)
    words = GROUPINGS["batch"].words(reach)
    found = []
    for batch in batches.select_related("programme__city"):
        row = figures[batch.pk]
        if at <= batch.usage_ends_at and row["unused"]:
            found.append((batch.usage_ends_at, batch, "free", "未下单", row["unused"]))
        if at <= batch.expires_at and row["waiting"]:
            found.append((batch.expires_at, batch, "reserved", "已下单未支付", row["waiting"]))
    columns = [
        Column("until", "截止", "moment"),
        Column("what", "情形", "text"),
        Column("amount", "金额", "money"),
    ]
    lines = [
        Line(
            words[batch.pk],
            [until, what, amount],
            ["", "", behind("vouchers", reach, batch=batch.pk, place=place)],
        )
        for until, batch, place, what, amount in sorted(found, key=lambda one: (one[0], one[1].pk))
    ]
    return Table(
        key="to-lapse",
        title="将被收回的金额（按截止日）",
        heading="批次",
        columns=columns,
        lines=lines,
        total=summed(lines, columns),
        note="已下单而未签合同的，在使用期限届满时收回；要联系的企业见联系清单。",
        query=reach.query,
        empty="没有未到期的未使用金额",
    )


_FLOWS = {
    "issued": "发放",
    "reserved": "下单",
    "paid": "支付",
    "settled": "兑现",
    "returned": "主动退回",
    "reclaimed": "系统收回",
}


def weeks(reach: Reach) -> Table:
    """What each week came to, weeks beginning on Monday; as the ledger of the week says."""
    rows: Any = (
        DayFigures.objects.filter(**reach.within())
        .values("day")
        .annotate(count=Sum("applications"), **{f"sum_{flow}": total(flow) for flow in _FLOWS})
        .order_by("day")
    )
    nothing: list[Any] = [0, *[ZERO] * len(_FLOWS)]
    found: dict[date, list[Any]] = {}
    for row in rows:
        monday = row["day"] - timedelta(days=row["day"].weekday())
        sums = found.setdefault(monday, list(nothing))
        sums[0] += row["count"]
        for index, flow in enumerate(_FLOWS, start=1):
            sums[index] += row[f"sum_{flow}"]
    columns = [
        Column("applications", "申领（家次）"),
        *(Column(flow, label, "money") for flow, label in _FLOWS.items()),
    ]
    lines = [
        Line(f"{monday:%Y-%m-%d}", found.get(monday, nothing), _week_links(reach, monday))
        for monday in _mondays(found)
    ]
    return Table(
        key="weeks",
        title="每周进展",
        heading="周一日期",
        columns=columns,
        lines=lines,
        total=summed(lines, columns, _week_links(reach)),
        chart=Chart("line", ("issued", "reserved", "paid", "settled")),
        query=reach.query,
    )


def _week_links(reach: Reach, monday: date | None = None) -> list[str]:
    """The lists behind a row of weeks: the applications, then the ledger's entries of each kind."""
    return [
        behind("applications", reach, week=monday),
        *(behind("entries", reach, kind=DAY_KINDS[flow].value, week=monday) for flow in _FLOWS),
    ]


def _mondays(found: Iterable[date]) -> list[date]:
    """Every Monday from the first to the last, also of weeks in which nothing happened."""
    first, last = min(found, default=None), max(found, default=None)
    if first is None or last is None:
        return []
    weeks = (last - first).days // WEEK_DAYS
    return [first + timedelta(days=WEEK_DAYS * number) for number in range(weeks + 1)]


def overall(reach: Reach) -> dict[str, Any]:
    """The figures at the head of the page: stages, places, leverage and quality over the whole reach."""
    stages = EnterpriseFigures.objects.filter(**reach.within()).aggregate(
        **{stage: Sum(stage, default=0) for stage in STAGES}
    )
    places = VoucherFigures.objects.filter(**reach.within()).aggregate(
        **{f"sum_{place}": total(place) for place in PLACES}, count=Sum("vouchers", default=0)
    )
    orders = OrderFigures.objects.filter(**reach.within()).aggregate(**ORDER_SUMS)
    leverage, hours, stars = quality_of(orders)
    held = {place: places[f"sum_{place}"] for place in PLACES}
    return {
        "stages": [
            (label, stages[stage], behind("enterprises", reach, stage=stage))
            for stage, label in STAGES.items()
        ],
        "places": [
            (label, held[place], behind("vouchers", reach, place=place))
            for place, label in PLACES.items()
        ],
        "held": held,
        "vouchers": places["count"],
        "used_rate": rate(sum((held[place] for place in USED), ZERO), held["amount"]),
        "links": {place: behind("vouchers", reach, place=place) for place in (*PLACES, "used")},
        "leverage": leverage,
        "hours": hours,
        "stars": stars,
    }
