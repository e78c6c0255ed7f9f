"""What the papers typed so far add up to, and what they allow: the live sums of the payment form (O5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django import forms
from django.http import QueryDict

from foundation.money import ZERO
from orders.forms import typed_amounts
from orders.forms.fields import AmountField
from orders.models import Order
from orders.policies.payments import Limits, missing_transfers
from orders.queries import confirmed_contract, live_payment_of, payment_limits
from orders.states import OrderState


@dataclass(frozen=True)
class Reckoning:
    """The sums of the papers typed so far and what they allow, yuan (O5).

    ``planned``: what the order reserved. ``unreadable``: Chinese, one per row.
    """

    limits: Limits
    planned: Decimal
    invoices: list[Decimal]
    transfers: list[Decimal]
    amount: Decimal | None
    unreadable: list[str]

    @property
    def invoiced(self) -> Decimal:
        """The invoices' total."""
        return sum(self.invoices, ZERO)

    @property
    def transferred(self) -> Decimal:
        """The transfers' total."""
        return sum(self.transfers, ZERO)

    @property
    def most(self) -> Decimal:
        """The largest voucher amount, whole yuan; before the first invoice, as far as the rest allows."""
        return self.limits.most(self.invoiced if self.invoices else None)

    @property
    def suggested(self) -> Decimal:
        """What was planned, as far as it is allowed; to add free balance is the enterprise's own choice."""
        return min(self.most, self.planned or self.most)

    @property
    def used(self) -> Decimal:
        """The voucher amount that the own share is counted with: as typed, else the suggested one."""
        return self.suggested if self.amount is None else self.amount

    @property
    def is_too_much(self) -> bool:
        """Whether the amount typed is above the largest."""
        return self.used > self.most

    @property
    def own_share(self) -> Decimal:
        """What the enterprise pays itself: invoices less voucher."""
        return max(self.invoiced - self.used, ZERO)

    @property
    def missing(self) -> Decimal:
        """What the transfers fall short of it."""
        return missing_transfers(
            invoiced=self.invoiced, transferred=self.transferred, amount=self.used
        )

    @property
    def bounds(self) -> list[tuple[str, Decimal, bool]]:
        """Every limit with its amount, and whether it is the one that binds."""
        limits = self.limits
        rows = [
            (f"合同可用券部分的 {limits.percent}", limits.by_contract),
            ("订单预留加服务券可用余额", limits.by_balance),
            ("机构本年度还可收券", limits.by_allowance),
        ]
        if self.invoices:
            rows.insert(0, (f"发票合计的 {limits.percent}", limits.by_invoices(self.invoiced)))
        lowest = min(most for _label, most in rows)
        return [(label, most, most == lowest) for label, most in rows]


def reckon(order: Order, at: datetime, data: QueryDict | None = None) -> Reckoning:
    """The sums of what was typed (``data``), else of the papers handed in; the amount of a correction is fixed (O7)."""
    live = live_payment_of(order) if order.state == OrderState.PAYMENT_CORRECTION else None
    if live is not None:
        limits, amount = payment_limits(order, live.contract, at=at, paid=live.amount), live.amount
    else:
        limits, amount = payment_limits(order, confirmed_contract(order), at=at), None
    if data is None:
        stated = live or order.payments.filter(state="returned").order_by("-pk").first()
        papers = {"payment": stated, "superseded_at": None}
        invoices = list(stated.invoices.filter(**papers)) if stated else []
        transfers = list(stated.transfers.filter(**papers)) if stated else []
        invoiced = [one.total for one in invoices]
        return Reckoning(
            limits, order.reserved, invoiced, [one.amount for one in transfers], amount, []
        )
    invoiced, odd_invoices = typed_amounts(data, "invoice", "total")
    transferred, odd_transfers = typed_amounts(data, "transfer", "amount")
    unreadable = [f"第 {row} 张发票的价税合计" for row in odd_invoices]
    unreadable += [f"第 {row} 笔转账的金额" for row in odd_transfers]
    typed = data.get("amount", "").strip()
    # Until the user types an amount of their own, one is suggested.
    if live is None and typed and not data.get("suggest"):
        try:
            amount = AmountField("").clean(typed)
        except forms.ValidationError:
            unreadable.append("用券金额")
    return Reckoning(limits, order.reserved, invoiced, transferred, amount, unreadable)
