"""Requests to return a payment, decided by the contractor of the enterprise's city (O8)."""

from __future__ import annotations

from django.db.models import QuerySet
from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.fields import Choice, In, Out, State, Text, YuanOut
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, lists, writes
from foundation.errors import OutOfReach
from orders.api.shapes import ReasonIn
from orders.forms.reasons import REASON_MAX
from orders.models import PaymentReturn
from orders.operations.returning import grant_payment_return, refuse_payment_return
from orders.queries import payment_returns_visible_to
from orders.states import ReturnState


class ReturnRequestOut(Out):
    """A request to return a payment, with its order."""

    id = serializers.IntegerField(source="pk")
    order = serializers.CharField(source="payment.order.number", help_text="订单号")
    enterprise = serializers.CharField(source="payment.order.enterprise.name", help_text="企业")
    provider = serializers.CharField(source="payment.order.provider.name", help_text="服务机构")
    amount = YuanOut(source="payment.amount", help_text="用券金额（元）")
    state = State(ReturnState, help_text="状态")
    reason = serializers.CharField(help_text="申请原因")
    asked_at = serializers.DateTimeField(help_text="申请时间")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="决定时间")
    decision_reason = serializers.CharField(help_text="决定理由")


class ReturnQuery(PageQuery):
    """Filters of requests."""

    state = Choice(choices=ReturnState.choices, required=False, help_text="状态")


class PaymentReturns(Api):
    """The requests of the city, newest first."""

    roles = frozenset({Role.CONTRACTOR, Role.BUREAU})

    @lists("退回支付申请列表", gives=ReturnRequestOut, asks=ReturnQuery)
    def get(self, call: Call) -> QuerySet[PaymentReturn]:
        found = payment_returns_visible_to(call.user)
        state = call.data.get("state")
        return found.filter(state=state) if state else found


def _request(call: Call, pk: int) -> PaymentReturn:
    found = payment_returns_visible_to(call.user).filter(pk=pk).first()
    if found is None:
        raise OutOfReach(f"payment return {pk}")
    return found


class GrantIn(In):
    """Why, if there is something to say."""

    reason = Text(REASON_MAX, required=False, allow_blank=True, default="", help_text="说明")


class GrantReturn(Api):
    """The money goes back to the order's reserve."""

    roles = frozenset({Role.CONTRACTOR})

    @writes(
        "同意退回支付", gives=ReturnRequestOut, takes=GrantIn, example={"reason": "发票填写有误"}
    )
    def post(self, call: Call, pk: int) -> PaymentReturn:
        grant_payment_return(by=call.by, at=call.at, payment_return=_request(call, pk), **call.data)
        return _request(call, pk)


class RefuseReturn(Api):
    """The payment stands."""

    roles = frozenset({Role.CONTRACTOR})

    @writes(
        "不同意退回支付", gives=ReturnRequestOut, takes=ReasonIn, example={"reason": "材料齐全"}
    )
    def post(self, call: Call, pk: int) -> PaymentReturn:
        refuse_payment_return(
            by=call.by, at=call.at, payment_return=_request(call, pk), **call.data
        )
        return _request(call, pk)
