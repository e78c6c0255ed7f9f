"""The lists behind the numbers: enterprises, vouchers, orders; within the reach, by the filters of their forms (N3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q, QuerySet

from dashboards.figures import SEVERAL, WEEK_DAYS
from dashboards.forms import (
    ApplicationFilterForm,
    EnterpriseFilterForm,
    EntryFilterForm,
    OrderFilterForm,
    ReachForm,
    VoucherFilterForm,
)
from dashboards.operations.refreshing import DAY_KINDS, DEAD
from dashboards.reach import Reach
from dashboards.stages import files_at
from dashboards.tables import Column, Line, Table
from enterprises.models import Qualification
from foundation.moments import start_of_day
from foundation.rows import rows_of
from foundation.searching import holding
from orders.models import Order
from vouchers.models import Application, Batch, LedgerEntry, Voucher
from vouchers.numbers import programme_numbers, spoken_number


@dataclass(frozen=True)
class Listing:
    """A list: its form, how its rows are found, and what a row shows."""

    key: str
    title: str
    heading: str
    columns: tuple[Column, ...]
    form: type[ReachForm]
    find: Callable[[Reach, dict[str, Any], datetime], QuerySet[Any]]
    related: tuple[str, ...]
    line: Callable[[Any], Line]

    def cut(
        self, reach: Reach, chosen: dict[str, Any], at: datetime, first: int, size: int
    ) -> tuple[Table, bool]:
        """``size`` rows from the one numbered ``first`` on, counted from 0, as a table; and whether more follow."""
        found = self.find(reach, chosen, at)[first : first + size + 1]
        rows = rows_of(found, found.model._default_manager.select_related(*self.related))
        table = Table(
            key=self.key,
            title=self.title,
            heading=self.heading,
            columns=self.columns,
            lines=[self.line(row) for row in rows[:size]],
            query=reach.query,
        )
        return table, len(rows) > size


def _find_enterprises(
    reach: Reach, chosen: dict[str, Any], at: datetime
) -> QuerySet[Qualification]:
    found = files_at(chosen.get("stage", "registered"), reach.programmes, year=reach.year, at=at)
    found = _by_profile(found, reach, chosen, "profile__")
    for word in chosen.get("text", "").split():
        named = holding(word, "profile__name")
        # A Chinese word begins no code: names alone are looked through before anything is joined.
        coded = Q(enterprise__credit_code__startswith=word.upper())
        found = found.filter(named | coded if word.isascii() else named)
    # In the order of an index, so that a page need not sort a whole city (see Enterprise.Meta).
    return found.order_by("-enterprise__pk")


def _numbered(reach: Reach, path: str = "") -> Q:
    """The vouchers of the reach by their numbers: a programme's stand together, so that a page reads a few rows."""
    if reach.programme is not None:
        first, beyond = programme_numbers(reach.programme)
        return Q(**{f"{path}number__gte": first, f"{path}number__lt": beyond})
    return Q(**{f"{path}batch__programme__in": [one.pk for one in reach.programmes]})


def _by_profile(
    found: QuerySet[Any], reach: Reach, chosen: dict[str, Any], path: str
) -> QuerySet[Any]:
    """Only the reach's district, and what was chosen of district, size and industry."""
    if reach.district:
        found = found.filter(**{f"{path}district": reach.district})
    for name, field in (("district", "district"), ("size", "size_class"), ("industry", "industry")):
        if value := chosen.get(name):
            found = found.filter(**{f"{path}{field}": value})
    return found


def _enterprise_line(row: Qualification) -> Line:
    profile = row.profile
    return Line(
        profile.name,
        [
            row.enterprise.credit_code,
            f"{profile.district.city.name}{profile.district.name}",
            profile.get_size_class_display(),
            profile.get_industry_display(),
            row.get_state_display(),
            row.submitted_at,
        ],
    )


ENTERPRISES = Listing(
    key="enterprises",
    title="企业清单",
    heading="企业",
    columns=(
        Column("code", "统一社会信用代码", "text"),
        Column("district", "所在区", "text"),
        Column("size", "规模", "text"),
        Column("industry", "行业", "text"),
        Column("state", "年度资料", "text"),
        Column("submitted", "提交时间", "moment"),
    ),
    form=EnterpriseFilterForm,
    find=_find_enterprises,
    related=("enterprise", "profile__district__city"),
    line=_enterprise_line,
)


def _find_vouchers(reach: Reach, chosen: dict[str, Any], at: datetime) -> QuerySet[Voucher]:
    found = Voucher.objects.filter(_numbered(reach))
    if batch := chosen.get("batch"):
        found = found.filter(batch=batch)
    if place := chosen.get("place"):
        _words, places = SEVERAL.get(place, ("", (place,)))
        found = found.filter(reduce(or_, (Q(**{f"{one}__gt": 0}) for one in places)))
    found = _by_profile(found, reach, chosen, "allocation__application__profile__")
    return found.order_by("-number")


def _voucher_line(voucher: Voucher) -> Line:
    profile = voucher.allocation.application.profile
    places = (
        "amount",
        "free",
        "reserved",
        "paid",
        "settled",
        "disallowed",
        "returned",
        "reclaimed",
    )
    return Line(
        spoken_number(voucher.number),
        [
            profile.name,
            f"{voucher.batch.programme.city.name}{profile.district.name}",
            f"第 {voucher.batch.number} 批",
            *(getattr(voucher, place) for place in places),
        ],
    )


VOUCHERS = Listing(
    key="vouchers",
    title="服务券清单",
    heading="券号",
    columns=(
        Column("enterprise", "企业", "text"),
        Column("district", "所在区", "text"),
        Column("batch", "批次", "text"),
        Column("amount", "面额", "money"),
        Column("free", "未使用", "money"),
        Column("reserved", "已预留", "money"),
        Column("paid", "已支付", "money"),
        Column("settled", "已兑现", "money"),
        Column("disallowed", "不予兑现", "money"),
        Column("returned", "主动退回", "money"),
        Column("reclaimed", "系统收回", "money"),
    ),
    form=VoucherFilterForm,
    find=_find_vouchers,
    related=("batch__programme__city", "allocation__application__profile__district"),
    line=_voucher_line,
)


def _find_orders(reach: Reach, chosen: dict[str, Any], at: datetime) -> QuerySet[Order]:
    found = Order.objects.filter(_numbered(reach, "voucher__"))
    for name, field in (
        ("category", "product_version__category"),
        ("state", "state"),
        ("provider", "provider"),
    ):
        if value := chosen.get(name):
            found = found.filter(**{field: value})
    if chosen.get("live"):
        found = found.exclude(state__in=DEAD)
    for word in chosen.get("text", "").split():
        found = found.filter(holding(word, "provider__name"))
    path = "voucher__allocation__application__profile__"
    return _by_profile(found, reach, chosen, path).order_by("-voucher__number", "-pk")


def _order_line(order: Order) -> Line:
    profile = order.voucher.allocation.application.profile
    return Line(
        order.number,
        [
            profile.name,
            f"{profile.district.city.name}{profile.district.name}",
            order.provider.name,
            order.product_version.name,
            order.product_version.get_category_display(),
            order.get_state_display(),
            order.reserved,
            order.paid + order.settled,
            order.placed_at,
        ],
    )


ORDERS = Listing(
    key="orders",
    title="订单清单",
    heading="订单号",
    columns=(
        Column("enterprise", "企业", "text"),
        Column("district", "所在区", "text"),
        Column("provider", "服务机构", "text"),
        Column("product", "产品", "text"),
        Column("category", "类别", "text"),
        Column("state", "状态", "text"),
        Column("reserved", "已预留", "money"),
        Column("used", "已用券", "money"),
        Column("placed", "下单时间", "moment"),
    ),
    form=OrderFilterForm,
    find=_find_orders,
    related=(
        "provider",
        "product_version",
        "voucher__allocation__application__profile__district__city",
    ),
    line=_order_line,
)


def _in_week(found: QuerySet[Any], chosen: dict[str, Any], path: str) -> QuerySet[Any]:
    """Only what happened in the seven days from the day chosen."""
    first = chosen.get("week")
    if first is None:
        return found
    beyond = start_of_day(first + timedelta(days=WEEK_DAYS))
    return found.filter(**{f"{path}__gte": start_of_day(first), f"{path}__lt": beyond})


def _find_applications(reach: Reach, chosen: dict[str, Any], at: datetime) -> QuerySet[Application]:
    own = Batch.objects.filter(programme__in=[one.pk for one in reach.programmes])
    batches = list(own.order_by("pk").values_list("pk", flat=True))
    found = Application.objects.filter(batch__in=batches, withdrawn_at=None)
    if batches:
        # Where the index over live applications is entered and left: later batches may be other cities'.
        found = found.filter(batch__gte=batches[0], batch__lte=batches[-1])
    if batch := chosen.get("batch"):
        found = found.filter(batch=batch)
    found = _in_week(_by_profile(found, reach, chosen, "profile__"), chosen, "submitted_at")
    # In the order of that index (see Application.Meta).
    return found.order_by("-batch_id", "-enterprise_id")


def _application_line(application: Application) -> Line:
    profile = application.profile
    return Line(
        application.number,
        [
            profile.name,
            f"{application.batch.programme.city.name}{profile.district.name}",
            f"第 {application.batch.number} 批",
            application.amount,
            application.submitted_at,
        ],
    )


APPLICATIONS = Listing(
    key="applications",
    title="申领清单",
    heading="受理号",
    columns=(
        Column("enterprise", "企业", "text"),
        Column("district", "所在区", "text"),
        Column("batch", "批次", "text"),
        Column("amount", "申领金额", "money"),
        Column("submitted", "提交时间", "moment"),
    ),
    form=ApplicationFilterForm,
    find=_find_applications,
    related=("batch__programme__city", "profile__district"),
    line=_application_line,
)


def _find_entries(reach: Reach, chosen: dict[str, Any], at: datetime) -> QuerySet[LedgerEntry]:
    path = "voucher__allocation__application__profile__"
    kind = chosen.get("kind")
    found = LedgerEntry.objects.filter(
        _numbered(reach, "voucher__"),
        kind__in=[kind] if kind else [kind.value for kind in DAY_KINDS.values()],
    )
    found = _in_week(_by_profile(found, reach, chosen, path), chosen, "at")
    # In the order of an index each time: thousands of entries have the same moment, and all of them as they were booked.
    bounded = kind or chosen.get("week")
    return found.order_by("-at", "-pk") if bounded else found.order_by("-pk")


def _entry_line(entry: LedgerEntry) -> Line:
    profile = entry.voucher.allocation.application.profile
    return Line(
        spoken_number(entry.voucher.number),
        [
            profile.name,
            f"{entry.voucher.batch.programme.city.name}{profile.district.name}",
            entry.get_kind_display(),
            entry.amount,
            entry.provider.name if entry.provider else "",
            entry.at,
        ],
    )


ENTRIES = Listing(
    key="entries",
    title="台账清单",
    heading="券号",
    columns=(
        Column("enterprise", "企业", "text"),
        Column("district", "所在区", "text"),
        Column("kind", "类别", "text"),
        Column("amount", "金额", "money"),
        Column("provider", "服务机构", "text"),
        Column("at", "时间", "moment"),
    ),
    form=EntryFilterForm,
    find=_find_entries,
    related=(
        "voucher__batch__programme__city",
        "voucher__allocation__application__profile__district",
        "provider",
    ),
    line=_entry_line,
)

LISTINGS = {one.key: one for one in (ENTERPRISES, APPLICATIONS, VOUCHERS, ORDERS, ENTRIES)}
