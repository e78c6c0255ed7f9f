"""What happened to an order, with who and when, as both sides may see it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from orders.models import Order, PaymentReturn

_WORDS = {
    "place_order": ("下单", "brand"),
    "confirm_order": ("确认订单", "good"),
    "decline_order": ("不接单", "bad"),
    "cancel_order": ("取消订单", "neutral"),
    "ask_cancellation": ("提出取消订单", "warn"),
    "withdraw_cancellation": ("撤回取消请求", "neutral"),
    "agree_cancellation": ("同意取消，订单结束", "neutral"),
    "upload_contract": ("上传服务合同", "brand"),
    "return_contract": ("退回合同", "warn"),
    "confirm_contract": ("确认合同", "good"),
    "submit_payment": ("支付服务券并评价", "brand"),
    "ask_payment_correction": ("要求补正支付材料", "warn"),
    "correct_payment": ("补正支付材料", "brand"),
    "accept_payment": ("核对材料并收券", "good"),
    "ask_payment_return": ("申请退回支付", "warn"),
    "grant_payment_return": ("同意退回支付", "warn"),
    "refuse_payment_return": ("不同意退回支付", "neutral"),
    "take_into_claim": ("列入兑现申请", "brand"),
    "put_back_from_claim": ("移出兑现申请", "neutral"),
    "settle_order": ("兑现完成", "good"),
    "disallow_order": ("不予兑现", "bad"),
    "lapse_order": ("订单失效，预留金额收回", "bad"),
    "end_payment": ("结束未完成的支付，金额由系统收回", "bad"),
    "reveal_contact": ("查看对方联系电话", "neutral"),
}


@dataclass(frozen=True)
class Event:
    """One event. ``text`` says who did what, ``note`` why; ``tone`` is the trail component's."""

    at: datetime
    text: str
    note: str
    tone: str


def history_of_order(order: Order) -> list[Event]:
    """Every step of an order and of the requests to return its payment, newest first, out of the audit trail.

    Staff are named by their office: their names stay inside it.
    """
    returns = PaymentReturn.objects.filter(payment__order=order).values("pk")
    entries = AuditEntry.objects.filter(
        Q(subject_type=Order._meta.label_lower, subject_id=order.pk)
        # A granted return is recorded with the order too.
        | Q(
            subject_type=PaymentReturn._meta.label_lower,
            subject_id__in=returns,
            action__in=("ask_payment_return", "refuse_payment_return"),
        )
    ).order_by("-id")
    offices = {
        Role.ENTERPRISE: order.profile.name,
        Role.PROVIDER: order.provider.name,
        Role.CONTRACTOR: "承办单位",
        Role.BUREAU: "市工业和信息化局",
    }
    return [
        Event(
            entry.at,
            f"{offices.get(Role(entry.role), '系统') if entry.role in Role.values else '系统'}：{words}",
            entry.reason,
            tone,
        )
        for entry in entries
        for words, tone in [_WORDS.get(entry.action, (entry.action, "neutral"))]
    ]
