"""How an order stands, as the list and the page show it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.views import View

from foundation.accounts.models import Role
from foundation.errors import Refusal
from foundation.money import ZERO
from foundation.requests import RoleRequired, actor_of
from orders.models import Order, Party
from orders.permissions import side_of
from orders.queries import deadline_reason, order_deadline, whose_turn
from orders.queries.turns import ENDED_STATES, otherwise
from orders.states import OrderState

S = OrderState
TONES = {
    S.ACCEPTED: "good",
    S.SETTLED: "good",
    S.DECLINED: "bad",
    S.CANCELLED: "neutral",
    S.LAPSED: "bad",
    S.DISALLOWED: "bad",
    S.CONTRACT_RETURNED: "warn",
    S.PAYMENT_CORRECTION: "warn",
}
STAGES = ("下单", "确认", "合同", "服务与支付", "收券", "兑现")
# The stage an order is in; for one that has ended, the moments tell how far it came.
_STAGE = {
    S.PLACED: 1,
    S.CONFIRMED: 2,
    S.CONTRACT_SUBMITTED: 2,
    S.CONTRACT_RETURNED: 2,
    S.CONTRACTED: 3,
    S.PAID: 4,
    S.PAYMENT_CORRECTION: 4,
    S.ACCEPTED: 5,
    S.CLAIMED: 5,
    S.DISALLOWED: 5,
    S.SETTLED: 6,
}


class OrderPage(RoleRequired, View):
    """A page for the two sides of an order."""

    roles = frozenset({Role.ENTERPRISE, Role.PROVIDER})


class EnterprisePage(OrderPage):
    """A page for the enterprise side."""

    roles = frozenset({Role.ENTERPRISE})


def row_of(order: Order, deadline: datetime | None, by: Any, at: datetime) -> dict[str, Any]:
    """One order in a list, as the clock has it now."""
    lapsed = order.state == S.LAPSED or (deadline is not None and at > deadline)
    turn = whose_turn(order)
    return {
        "order": order,
        "state": S.LAPSED.label if lapsed else order.get_state_display(),
        "tone": TONES.get(S.LAPSED if lapsed else S(order.state), "brand"),
        "lapsed": lapsed,
        "used": order.paid + order.settled,
        "turn": None if lapsed else turn,
        "mine": not lapsed and turn.party == side_of(order, by),
        "deadline": None if lapsed else deadline,
    }


def facts_of(request: HttpRequest, order: Order) -> dict[str, Any]:
    """What a page about one order shows at its head."""
    by, at = actor_of(request), request.at
    problem = ""
    try:
        deadline = order_deadline(order)
    except Refusal as refusal:
        deadline, problem = None, refusal.sentence
    row = row_of(order, deadline, by, at)
    side = side_of(order, by)
    return {
        **row,
        "side": side,
        "is_provider": side == Party.PROVIDER,
        "waiting_for": _party_words(row["turn"].party if row["turn"] else ""),
        "ended": row["lapsed"] or order.state in ENDED_STATES,
        "deadline_problem": problem,
        "deadline_reason": deadline_reason(order)[0],
        "otherwise": otherwise(order),
        "stages": _stages(order, lapsed=row["lapsed"]),
        "amounts": _amounts(order),
        "batch": order.voucher.batch,
        "programme": order.voucher.batch.programme,
    }


def _party_words(party: str) -> str:
    return Party(party).label if party in Party.values else "承办单位和市局" if party else ""


def _stages(order: Order, *, lapsed: bool) -> list[dict[str, str]]:
    """The six stages with where the order is; what an ended one did not reach stays open."""
    state = S(order.state)
    over = lapsed or state in {S.DECLINED, S.CANCELLED, S.LAPSED}
    here = _STAGE.get(state, 3 if order.contracted_at else 2 if order.confirmed_at else 1)
    return [
        {
            "label": label,
            "state": "done"
            if place < here
            else "current"
            if place == here and not over
            else "todo",
        }
        for place, label in enumerate(STAGES)
    ]


def _amounts(order: Order) -> list[dict[str, Any]]:
    """Every amount of the order in words: where the voucher's money is now."""
    is_accepted = order.state in {S.ACCEPTED, S.CLAIMED}
    rows = [
        ("预计", order.expected_amount, "下单时填写，支付时可以少用或补足"),
        ("预留", order.reserved, "从服务券中留出，尚未支付"),
        ("已支付", ZERO if is_accepted else order.paid, "已提交支付，待机构收券"),
        ("已收", order.paid if is_accepted else ZERO, "机构已收券，待兑现"),
        ("已兑现", order.settled, "已向机构付款"),
        ("不予兑现", order.disallowed, "未通过审核，退回方案资金"),
    ]
    return [
        {"label": label, "amount": amount, "note": note}
        for label, amount, note in rows
        if amount or label == "预计"
    ]
