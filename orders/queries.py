"""Reads of orders, contracts, payments and ratings; each is authorised by what it returns."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Avg, Count, Q, QuerySet

from enterprises.models import Profile, Qualification
from enterprises.states import QualificationState
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.errors import OutOfReach, Refusal
from foundation.moments import end_of_day, local_day
from foundation.money import ZERO, spoken_money
from foundation.names import normal_number
from foundation.rosters.queries import sanction_in_force
from foundation.workdays.queries import workday_after
from orders.deadlines import LAPSES_WITH, end_of
from orders.models import (
    BankTransfer,
    Contract,
    Invoice,
    Order,
    Party,
    Payment,
    PaymentReturn,
    ProviderAllowance,
    Rating,
)
from orders.states import OrderState, PaymentState, ReturnState
from providers.models import PriceKind
from vouchers.models import Programme
from vouchers.queries import programme_of

S = OrderState
# Orders that still hold reserved money and can lapse.
LIVE_STATES = (S.PLACED, S.CONFIRMED, S.CONTRACT_SUBMITTED, S.CONTRACT_RETURNED, S.CONTRACTED)

_RELATED = (
    "voucher__batch__programme__city",
    "enterprise",
    "provider",
    "profile",
    "product_version__product",
    "price_tier",
)


# --- reach ---------------------------------------------------------------------------------


def orders_visible_to(user: User) -> QuerySet[Order]:
    """Each side sees its own orders; staff those of their city's programmes, a district its enterprises', the
    province all (rulebook section 1)."""
    orders = Order.objects.select_related(*_RELATED)
    if user.role == Role.ENTERPRISE:
        return orders.filter(enterprise__account=user)
    if user.role == Role.PROVIDER:
        return orders.filter(provider__account=user)
    if user.role in {Role.CONTRACTOR, Role.BUREAU} and user.city_id is not None:
        return orders.filter(voucher__batch__programme__city_id=user.city_id)
    if user.role == Role.DISTRICT and user.district_id is not None:
        return orders.filter(profile__district_id=user.district_id)
    if user.role == Role.PROVINCE:
        return orders
    return orders.none()


def get_order_for(by: Actor, pk: int) -> Order:
    """An order in the actor's reach; OutOfReach beyond."""
    found = orders_visible_to(by.user).filter(pk=pk).first() if by.user else None
    if found is None:
        raise OutOfReach(f"order {pk}")
    return found


def payment_returns_visible_to(user: User) -> QuerySet[PaymentReturn]:
    """Requests to return a payment, for contractor and bureau of the enterprise's city (O8)."""
    requests = PaymentReturn.objects.select_related(
        "payment__order__voucher__batch__programme__city",
        "payment__order__enterprise",
        "payment__order__provider",
        "payment__order__product_version",
        "asked_by__person",
        "decided_by__person",
    )
    if user.role in {Role.CONTRACTOR, Role.BUREAU} and user.city_id is not None:
        return requests.filter(payment__order__enterprise__city_id=user.city_id)
    return requests.none()


def documents_in_reach(user: User) -> Q:
    """The files of every order the user is a side of, or staff that reviews it (F4); a Q over Document."""
    if user.role not in {Role.ENTERPRISE, Role.PROVIDER, Role.CONTRACTOR, Role.BUREAU}:
        return Q(pk__in=())
    orders = orders_visible_to(user).select_related(None).order_by().values("pk")
    return (
        Q(pk__in=Contract.objects.filter(order__in=orders).values("document"))
        | Q(pk__in=Invoice.objects.filter(payment__order__in=orders).values("document"))
        | Q(pk__in=BankTransfer.objects.filter(payment__order__in=orders).values("document"))
    )


def documents_of(order: Order) -> QuerySet[Document]:
    """Every file of an order, superseded ones included."""
    return Document.objects.filter(
        Q(pk__in=Contract.objects.filter(order=order).values("document"))
        | Q(pk__in=Invoice.objects.filter(payment__order=order).values("document"))
        | Q(pk__in=BankTransfer.objects.filter(payment__order=order).values("document"))
    )


def same_file_elsewhere(document: Document) -> QuerySet[Document]:
    """The same bytes uploaded by another party; shown to reviewers only (O5)."""
    others = Document.objects.filter(sha256=document.sha256).exclude(pk=document.pk)
    return others.exclude(uploaded_by=document.uploaded_by_id).select_related("uploaded_by__person")


# --- deadlines and turns -------------------------------------------------------------------


def correction_deadline(order: Order) -> datetime:
    """The last moment to correct a contract that was sent back: the usage window, or the correction window if that
    ends later, never after expiry (V4). Raises CalendarUnknown (B7)."""
    batch = order.voucher.batch
    returned_on = local_day(order.contract_returned_at)  # type: ignore[arg-type]
    corrected_until = end_of_day(workday_after(returned_on, batch.programme.correction_days))
    return min(max(batch.usage_ends_at, corrected_until), batch.expires_at)


def payment_endable_after(order: Order) -> datetime:
    """The last moment that the parties have to finish a payment: the correction window, counted in working days after
    the voucher's last valid day (V5, ADR 0021). Raises CalendarUnknown (B7)."""
    batch = order.voucher.batch
    expired_on = local_day(batch.expires_at)
    return end_of_day(workday_after(expired_on, batch.programme.correction_days))


def order_deadline(order: Order) -> datetime | None:
    """The moment after which the order lapses unless its next step is done; None when nothing can lapse.

    Counted from the order's state and the batch's figures, never stored, so a calendar exception moves it at once
    (V4, V5). Raises CalendarUnknown (B7) for a correction window in a year nobody has loaded.
    """
    if order.state == S.CONTRACT_RETURNED:
        return correction_deadline(order)
    end = LAPSES_WITH.get(order.state)
    return end_of(order.voucher.batch, end) if end else None


_WHY: dict[str, tuple[str, str]] = {
    S.PLACED: ("使用期限内未上传服务合同", "V4"),
    S.CONFIRMED: ("使用期限内未上传服务合同", "V4"),
    S.CONTRACT_RETURNED: ("退回的合同未在补正期限内重新上传", "V4"),
    S.CONTRACT_SUBMITTED: ("服务券有效期内未支付", "V5"),
    S.CONTRACTED: ("服务券有效期内未支付", "V5"),
}


def deadline_reason(order: Order) -> tuple[str, str]:
    """Why the order lapses at its deadline, in words, and the rule's id; empty when nothing can lapse."""
    return _WHY.get(order.state, ("", ""))


def deadlines_of(orders: Iterable[Order]) -> dict[int, datetime | None]:
    """The deadline of each order by primary key, for lists: each correction window is counted once, and one whose
    calendar is not loaded is None (V4, B7)."""
    counted: dict[tuple[date, int], datetime | None] = {}
    found: dict[int, datetime | None] = {}
    for order in orders:
        if order.state != S.CONTRACT_RETURNED:
            found[order.pk] = order_deadline(order)
            continue
        batch = order.voucher.batch
        key = (local_day(order.contract_returned_at), batch.pk)  # type: ignore[arg-type]
        if key not in counted:
            try:
                counted[key] = correction_deadline(order)
            except Refusal:
                counted[key] = None
        found[order.pk] = counted[key]
    return found


def has_lapsed(order: Order, at: datetime) -> bool:
    """Whether the clock has ended the order, be it that a job has made it visible or not (V4, V5)."""
    if order.state == S.LAPSED:
        return True
    deadline = order_deadline(order)
    return deadline is not None and at > deadline


_TURN: dict[str, tuple[str, str]] = {
    S.PLACED: (Party.PROVIDER, "服务机构确认订单"),
    S.CONFIRMED: (Party.ENTERPRISE, "企业上传服务合同"),
    S.CONTRACT_SUBMITTED: (Party.PROVIDER, "服务机构确认合同"),
    S.CONTRACT_RETURNED: (Party.ENTERPRISE, "企业补正并重新上传服务合同"),
    S.CONTRACTED: (Party.ENTERPRISE, "服务完成后由企业支付服务券"),
    S.PAID: (Party.PROVIDER, "服务机构核对材料并收券"),
    S.PAYMENT_CORRECTION: (Party.ENTERPRISE, "企业补正支付材料"),
    S.ACCEPTED: (Party.PROVIDER, "服务机构申请兑现"),
    S.CLAIMED: ("staff", "承办单位和市局办理兑现"),
}


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: ``party`` is a Party, "staff", or "" when the order has ended; ``what`` is Chinese."""

    party: str
    what: str


def whose_turn(order: Order) -> Turn:
    """Who has to do what next (section 7)."""
    if order.state == S.CONTRACTED and order.cancellation_asked_by:
        asked = Party(order.cancellation_asked_by)
        other = Party.PROVIDER if asked == Party.ENTERPRISE else Party.ENTERPRISE
        return Turn(other, f"{asked.label}已提出取消订单，等待{other.label}同意")
    return Turn(*_TURN.get(order.state, ("", "")))


def waits_for(state: str) -> str:
    """What an order in this state waits for, in Chinese."""
    return _TURN[state][1]


def dates_depending_on_workdays(at: datetime) -> list[tuple[str, datetime]]:
    """Correction deadlines still to come, for showing what a calendar exception changes (B7, V4)."""
    due = []
    returned = (
        Order.objects.filter(state=S.CONTRACT_RETURNED).select_related(*_RELATED).order_by("pk")
    )
    for order in returned:
        try:
            deadline = correction_deadline(order)
        except Refusal:
            continue
        if deadline >= at:
            due.append((f"订单 {order.number} 合同补正截止", deadline))
    return due


# --- what bounds an order ------------------------------------------------------------------


def left_in_programme(provider_id: int, programme: Programme) -> Decimal:
    """What a provider can still accept in a programme, yuan (P7)."""
    row = ProviderAllowance.objects.filter(provider_id=provider_id, programme=programme).first()
    held = row.reserved + row.accepted if row else ZERO
    return max(programme.acceptance_cap - held, ZERO)


def left_to_accept(provider_id: int, city_id: int, at: datetime) -> Decimal:
    """What a provider can still accept in a city's programme of the year of ``at``, yuan; 0 without one (P7)."""
    programme = programme_of(city_id, local_day(at).year)
    return left_in_programme(provider_id, programme) if programme else ZERO


def paid_under_same_contract(order: Order, contract: Contract) -> Decimal:
    """What the enterprise's other orders with this provider have paid under the contract of the same number, yuan.

    The half of the scheme is counted per contract, however many vouchers pay for it (O5).
    """
    key = normal_number(contract.number)
    others = (
        Contract.objects.filter(
            order__enterprise_id=order.enterprise_id,
            order__provider_id=order.provider_id,
            confirmed_at__isnull=False,
        )
        .exclude(order=order)
        .select_related("order")
    )
    return sum(
        (
            other.order.paid + other.order.settled
            for other in others
            if normal_number(other.number) == key
        ),
        ZERO,
    )


def sanctioned_sides(order: Order, at: datetime) -> tuple[bool, bool]:
    """Whether enterprise and provider are under a sanction in the programme's city (S1)."""
    return sanctions_between(
        order.enterprise.credit_code,
        order.provider.credit_code,
        order.voucher.batch.programme.city_id,
        at,
    )


def sanctions_between(
    enterprise_code: str, provider_code: str, city_id: int, at: datetime
) -> tuple[bool, bool]:
    """Whether each of two credit codes is under a sanction in a city (S1)."""
    return (
        bool(sanction_in_force(enterprise_code, city_id, at)),
        bool(sanction_in_force(provider_code, city_id, at)),
    )


def enterprise_identity_keys(order: Order) -> set[str]:
    """Look-up keys of the ID numbers behind the enterprise, as ordered and as in use now (O3)."""
    keys = {order.profile.legal_representative_id_key, order.profile.handler_id_key}
    in_use = (
        Profile.objects.filter(enterprise_id=order.enterprise_id, frozen_at__isnull=False)
        .order_by("-version")
        .first()
    )
    if in_use is not None:
        keys |= {in_use.legal_representative_id_key, in_use.handler_id_key}
    return keys - {""}


def provider_identity_keys(order: Order) -> set[str]:
    """Look-up keys of the ID numbers behind the provider (O3)."""
    return {order.provider.legal_representative_id_key, order.provider.contact_id_key} - {""}


# --- contracts, payments, returns ----------------------------------------------------------


def registered_names(order: Order) -> list[str]:
    """The names under which the enterprise's papers are right: as ordered, and as checked since then (O5, E6)."""
    checked = Qualification.objects.filter(
        enterprise_id=order.enterprise_id, state=QualificationState.PASSED
    ).values_list("profile__name", flat=True)
    return [order.profile.name, *checked]


def current_contract(order: Order) -> Contract | None:
    """The newest upload of the order's contract."""
    return order.contracts.select_related("document").order_by("-version").first()


@dataclass(frozen=True)
class PriceDeviation:
    """A contract's total beside the product's price (O4). ``text`` is Chinese, empty when nothing deviates."""

    total: Decimal
    price_min: Decimal
    price_max: Decimal
    difference: Decimal
    text: str


def price_deviation(contract: Contract) -> PriceDeviation:
    """Compare a contract's total with the price of the product version or tier ordered, yuan (O4).

    ``difference`` is above zero when the contract is dearer than the price, below zero when it is cheaper.
    """
    order, version = contract.order, contract.order.product_version
    if order.price_tier is not None:
        low = high = order.price_tier.price
        price = f"所选价格档 {spoken_money(low)}"
    else:
        low, high = version.price_min, version.price_max
        fixed = version.price_kind == PriceKind.FIXED
        price = (
            f"产品价格 {spoken_money(low)}"
            if fixed
            else f"产品价格 {spoken_money(low)}至{spoken_money(high)}"
        )
    difference = contract.total - high if contract.total > high else min(contract.total - low, ZERO)
    if difference == ZERO:
        return PriceDeviation(contract.total, low, high, ZERO, "")
    base = high if difference > ZERO else low
    text = (
        f"合同总额 {spoken_money(contract.total)}，{price}，"
        f"{'高出' if difference > ZERO else '低于'} {spoken_money(abs(difference))}"
        f"（{abs(difference) / base:.1%}），请核对计价依据（{version.get_price_basis_display()}）。"
    )
    return PriceDeviation(contract.total, low, high, difference, text)


def live_payment_of(order: Order) -> Payment | None:
    """The one payment of the order that was not returned (O5)."""
    return order.payments.exclude(state=PaymentState.RETURNED).select_related("contract").first()


def open_return_of(order: Order) -> PaymentReturn | None:
    """The request to return the order's payment that is still to be decided (O8)."""
    return PaymentReturn.objects.filter(payment__order=order, state=ReturnState.ASKED).first()


def payment_returns_of(order: Order) -> QuerySet[PaymentReturn]:
    """Every request to return a payment of the order, newest first; staff names stay inside the office (O8)."""
    return PaymentReturn.objects.filter(payment__order=order).select_related("payment")


# --- ratings -------------------------------------------------------------------------------


class RatingSummary(NamedTuple):
    """Average stars (one decimal, None without a rating) and how many ratings there are."""

    average: Decimal | None
    ratings: int


def _summary(ratings: QuerySet[Rating]) -> RatingSummary:
    row = ratings.aggregate(average=Avg("stars"), count=Count("pk"))
    average = None if row["average"] is None else round(Decimal(str(row["average"])), 1)
    return RatingSummary(average, row["count"])


def rating_of_product(product_id: int) -> RatingSummary:
    """How enterprises rated a product (O5)."""
    return _summary(Rating.objects.filter(product_id=product_id))


def rating_of_provider(provider_id: int) -> RatingSummary:
    """How enterprises rated a provider (O5)."""
    return _summary(Rating.objects.filter(provider_id=provider_id))
