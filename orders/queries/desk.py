"""The lists of orders: what is to do, counted and sorted by deadline in the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, DateTimeField, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast, Coalesce, Greatest, Least
from django.db.models.lookups import GreaterThanOrEqual, LessThanOrEqual

from foundation.accounts.models import Role, User
from foundation.requests import whole_number
from foundation.searching import holding
from orders.models import Order
from orders.queries.reach import orders_visible_to
from orders.queries.turns import ENDED_STATES, LIVE_STATES
from orders.states import OrderState
from vouchers.models import Batch

S = OrderState
DUE_SOON_DAYS = 14


@dataclass(frozen=True)
class Tab:
    """One tab of a list. ``states``: empty for all; ``due_soon``: only what ends within DUE_SOON_DAYS."""

    key: str
    label: str
    states: tuple[str, ...] = ()
    due_soon: bool = False


_WITH_ENTERPRISE = (S.CONFIRMED, S.CONTRACT_RETURNED, S.CONTRACTED, S.PAYMENT_CORRECTION)
TABS: dict[str, tuple[Tab, ...]] = {
    Role.PROVIDER: (
        Tab("confirm", "待确认订单", (S.PLACED,)),
        Tab("contract", "待确认合同", (S.CONTRACT_SUBMITTED,)),
        Tab("accept", "待收券", (S.PAID,)),
        Tab("correction", "补正中", (S.CONTRACT_RETURNED, S.PAYMENT_CORRECTION)),
        Tab("claim", "待兑现", (S.ACCEPTED,)),
        Tab("due", "客户到期提醒", _WITH_ENTERPRISE, due_soon=True),
        Tab("all", "全部"),
    ),
    Role.ENTERPRISE: (
        Tab("todo", "待我办理", _WITH_ENTERPRISE),
        Tab("waiting", "等待机构", (S.PLACED, S.CONTRACT_SUBMITTED, S.PAID)),
        Tab("accepted", "已收券和兑现", (S.ACCEPTED, S.CLAIMED)),
        Tab("ended", "已结束", ENDED_STATES),
        Tab("all", "全部"),
    ),
}


def tab_of(role: str, key: str) -> Tab:
    """The tab with this key, the last (everything) for any other."""
    tabs = TABS[role]
    return next((tab for tab in tabs if tab.key == key), tabs[-1])


def _due_of(orders: QuerySet[Order]) -> Any:
    """The moment that orders are sorted by, as an expression: the deadline, for a contract sent back seven days
    later or the end of the window, which is near enough to sort by (V4); null where nothing can lapse."""
    batches = Batch.objects.filter(
        pk__in=orders.order_by()
        .filter(state__in=(*LIVE_STATES, S.PAYMENT_CORRECTION))
        .values("voucher__batch")
    ).select_related("programme")
    whens = []
    for batch in batches:
        window, expiry = _moment(batch.usage_ends_at), _moment(batch.expires_at)
        of_batch = {"voucher__batch_id": batch.pk}
        whens += [
            When(**of_batch, state__in=(S.PLACED, S.CONFIRMED), then=window),
            When(
                **of_batch,
                state=S.CONTRACT_RETURNED,
                then=Least(expiry, Greatest(window, F("contract_returned_at") + timedelta(days=7))),
            ),
            When(
                **of_batch,
                state__in=(S.CONTRACT_SUBMITTED, S.CONTRACTED, S.PAYMENT_CORRECTION),
                then=expiry,
            ),
        ]
    # Without the cast PostgreSQL takes a column of nothing for text.
    empty = Cast(Value(None), DateTimeField())
    return Case(*whens, default=empty, output_field=DateTimeField()) if whens else empty


def _moment(at: datetime) -> Value:
    return Value(at, output_field=DateTimeField())


def _in_tab(tab: Tab, due: Any, at: datetime) -> Q:
    chosen = Q(state__in=tab.states) if tab.states else Q()
    if tab.due_soon:
        # By the expression, not by a name for it: PostgreSQL cannot count by an alias of the same level.
        soon = _moment(at + timedelta(days=DUE_SOON_DAYS))
        chosen &= Q(GreaterThanOrEqual(due, _moment(at))) & Q(LessThanOrEqual(due, soon))
    return chosen


def counts_by_tab(user: User, at: datetime) -> list[tuple[Tab, int]]:
    """How many orders each tab holds, in one query beside that for the batches."""
    tabs, orders = TABS[user.role], orders_visible_to(user).select_related(None).order_by()
    due = _due_of(orders)
    wanted: dict[str, Any] = {tab.key: Count("pk", filter=_in_tab(tab, due, at)) for tab in tabs}
    found = orders.aggregate(**wanted)
    return [(tab, found[tab.key]) for tab in tabs]


def listed_orders(user: User, tab: Tab, at: datetime, *, search: str = "") -> QuerySet[Order]:
    """The orders of a tab in three parts: with a deadline to come, the nearest first; without one, what has waited
    longest first; ended ones, the latest first, also those that the clock has ended and no job yet."""
    orders = orders_visible_to(user)
    due = _due_of(orders)
    orders = orders.annotate(due=due).filter(_in_tab(tab, due, at))
    if search:
        other = "profile__name" if user.role == Role.PROVIDER else "provider__name"
        found = holding(search, other, "product_version__name")
        number = whole_number(search.upper().removeprefix("DD").strip())
        if number is not None:
            found |= Q(pk=number)
        orders = orders.filter(found)
    # A contract sent back has its exact deadline by the working-day calendar, so it is not called ended here.
    can_lapse = set(LIVE_STATES) - {S.CONTRACT_RETURNED}
    part = Case(
        When(Q(state__in=ENDED_STATES) | Q(state__in=can_lapse, due__lt=at), then=2),
        When(due__isnull=True, then=1),
        default=0,
        output_field=IntegerField(),
    )
    since = Coalesce("accepted_at", "paid_at", output_field=DateTimeField())
    ended = Coalesce("ended_at", "accepted_at", "paid_at", "due", output_field=DateTimeField())
    of_part = {0: F("due"), 1: since}
    ascending = Case(
        *(When(part=number, then=moment) for number, moment in of_part.items()),
        default=Cast(Value(None), DateTimeField()),
        output_field=DateTimeField(),
    )
    return orders.annotate(part=part).order_by(
        "part", ascending.asc(nulls_last=True), ended.desc(nulls_last=True), "-pk"
    )
