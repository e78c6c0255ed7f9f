"""What is shown once more before the voucher is paid: the sums, the papers, and what is left of the voucher (O5, O6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from foundation.documents.carrying import carried
from foundation.money import ZERO
from orders.models import Order
from orders.policies.payments import Limits
from orders.queries import confirmed_contract, payment_limits
from orders.views.prefilled import Papers


@dataclass(frozen=True)
class LastLook:
    """A payment as it would be handed in now, yuan. ``is_window_open``: the voucher's usage window."""

    amount: Decimal
    invoiced: Decimal
    transferred: Decimal
    limits: Limits
    is_window_open: bool

    @property
    def own_share(self) -> Decimal:
        """What the enterprise pays itself."""
        return self.invoiced - self.amount

    @property
    def released(self) -> Decimal:
        """What was reserved for the order and is not paid (O6)."""
        return max(self.limits.reserved - self.amount, ZERO)

    @property
    def topped_up(self) -> Decimal:
        """What comes out of the voucher's free balance beyond the reserve."""
        return max(self.amount - self.limits.reserved, ZERO)

    @property
    def free_after(self) -> Decimal:
        """The voucher's free balance after the payment; when its window is over nothing stays free (O6, V4)."""
        return self.limits.by_balance - self.amount if self.is_window_open else ZERO


def last_look_page(
    request: HttpRequest, order: Order, papers: Papers, data: QueryDict
) -> HttpResponse:
    """The payment once more, with all that was typed and staged in hidden fields; nothing is paid by it."""
    return render(
        request,
        "orders/last_look.html",
        {
            "order": order,
            "look": _look_at(order, papers, request.at),  # type: ignore[attr-defined]
            "invoices": papers.invoices.papers,
            "transfers": papers.transfers.papers,
            "rating": papers.form.cleaned_data,
            "carried": list(carried(data)),
        },
    )


def _look_at(order: Order, papers: Papers, at: datetime) -> LastLook:
    cleaned: dict[str, Any] = papers.form.cleaned_data
    return LastLook(
        amount=cleaned["amount"],
        invoiced=sum((one["total"] for one in papers.invoices.papers), ZERO),
        transferred=sum((one["amount"] for one in papers.transfers.papers), ZERO),
        limits=payment_limits(order, confirmed_contract(order), at=at),
        is_window_open=at <= order.voucher.batch.usage_ends_at,
    )
