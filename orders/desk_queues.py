"""The desk's queue of requests to return a payment (O8)."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import Queue, queue
from orders.queries import payment_returns_visible_to
from orders.states import ReturnState


def queues(user: User, at: datetime) -> list[Queue]:
    """Requests that the contractor of the enterprise's city has to decide (O8)."""
    if user.role not in {Role.CONTRACTOR, Role.BUREAU} or user.city_id is None:
        return []
    url = reverse("admin:orders_paymentreturn_changelist")
    return [
        queue(
            "退回支付申请待决定",
            payment_returns_visible_to(user).filter(state=ReturnState.ASKED),
            since="asked_at",
            at=at,
            url=f"{url}?state__exact={ReturnState.ASKED}",
            on="" if user.role == Role.CONTRACTOR else "承办单位",
        )
    ]
