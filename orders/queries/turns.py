"""Whose turn it is, until when, and what happens otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from foundation.errors import Refusal
from foundation.moments import end_of_day, local_day
from foundation.workdays.queries import workday_after, workdays_after
from orders.deadlines import LAPSES_WITH, end_of
from orders.models import Order, Party
from orders.queries.reach import RELATED
from orders.states import OrderState
from vouchers.models import Batch

S = OrderState
# Orders that still hold reserved money and can lapse.
LIVE_STATES = (S.PLACED, S.CONFIRMED, S.CONTRACT_SUBMITTED, S.CONTRACT_RETURNED, S.CONTRACTED)

ENDED_STATES = (S.SETTLED, S.DISALLOWED, S.DECLINED, S.CANCELLED, S.LAPSED)


def correction_deadline(order: Order) -> datetime:
    """The last moment to correct a contract that was sent back: the usage window, or the correction window if that
    ends later, never after expiry (V4). Raises CalendarUnknown (B7)."""
    batch = order.voucher.batch
    returned_on = local_day(order.contract_returned_at)  # type: ignore[arg-type]
    return _correction_end(batch, workday_after(returned_on, batch.programme.correction_days))


def _correction_end(batch: Batch, last_day: date) -> datetime:
    return min(max(batch.usage_ends_at, end_of_day(last_day)), batch.expires_at)


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
    """The deadline of each order by primary key, for lists, in a fixed number of queries; a correction window whose
    calendar is not loaded is None (V4, B7)."""
    orders = list(orders)
    returned: dict[int, set[date]] = {}
    for order in orders:
        if order.state == S.CONTRACT_RETURNED:
            days = returned.setdefault(order.voucher.batch.programme.correction_days, set())
            days.add(local_day(order.contract_returned_at))  # type: ignore[arg-type]
    corrected_by = {count: workdays_after(days, count) for count, days in returned.items()}
    found: dict[int, datetime | None] = {}
    for order in orders:
        if order.state != S.CONTRACT_RETURNED:
            found[order.pk] = order_deadline(order)
            continue
        batch = order.voucher.batch
        returned_on = local_day(order.contract_returned_at)  # type: ignore[arg-type]
        last_day = corrected_by[batch.programme.correction_days].get(returned_on)
        found[order.pk] = _correction_end(batch, last_day) if last_day else None
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


_OTHERWISE = {
    S.PLACED: "逾期未确认、未上传合同的，订单失效，预留金额由系统收回。",
    S.CONFIRMED: "逾期未上传合同的，订单失效，预留金额由系统收回，并仍计入企业本年度申领额度。",
    S.CONTRACT_RETURNED: "逾期未重新上传合同的，订单失效，预留金额由系统收回，并仍计入企业本年度申领额度。",
    S.CONTRACT_SUBMITTED: "服务券到期前未支付的，订单失效，预留金额由系统收回。",
    S.CONTRACTED: "服务券到期前未支付的，订单失效，预留金额由系统收回，并仍计入企业本年度申领额度。",
    S.PAID: "支付已在有效期内提交，服务券到期不影响收券；到期后超过补正期限仍未收券的，承办单位可以结束这笔支付，金额由系统收回。",
    S.PAYMENT_CORRECTION: "支付已在有效期内提交，服务券到期不影响补正；到期后超过补正期限仍未完成的，承办单位可以结束这笔支付，金额由系统收回。",
    S.ACCEPTED: "未列入兑现申请的订单不会付款。",
}


def otherwise(order: Order) -> str:
    """What happens when the next step is not done, Chinese; empty when nothing does (V4–V6)."""
    return _OTHERWISE.get(S(order.state), "")


def dates_depending_on_workdays(at: datetime) -> list[tuple[str, datetime]]:
    """Correction deadlines still to come, for showing what a calendar exception changes (B7, V4)."""
    due = []
    returned = (
        Order.objects.filter(state=S.CONTRACT_RETURNED).select_related(*RELATED).order_by("pk")
    )
    for order in returned:
        try:
            deadline = correction_deadline(order)
        except Refusal:
            continue
        if deadline >= at:
            due.append((f"订单 {order.number} 合同补正截止", deadline))
    return due
