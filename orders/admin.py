"""The staff desk for orders (read only) and for requests to return a payment (O8)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.audit.history import line_of
from foundation.audit.queries import history_of
from foundation.desk import Act, DeskAdmin, why_not
from foundation.errors import Refusal
from foundation.moments import spoken, spoken_day
from foundation.money import spoken_money
from foundation.names import normal_number
from foundation.requests import whole_number
from orders.forms import OptionalReasonForm, ReasonForm
from orders.models import BankTransfer, Invoice, Order, PaymentReturn
from orders.operations.ending import end_payment
from orders.operations.returning import grant_payment_return, refuse_payment_return
from orders.policies import payments as policy
from orders.queries import (
    deadline_reason,
    order_deadline,
    orders_visible_to,
    payment_endable_after,
    payment_returns_visible_to,
    price_deviation,
    same_file_elsewhere,
    whose_turn,
)
from orders.states import ORDER, PAYMENT_RETURN

STAFF = frozenset({Role.CONTRACTOR, Role.BUREAU})
CONTRACTOR = frozenset({Role.CONTRACTOR})


def _flagged(papers: Any, words: Any) -> list[dict[str, Any]]:
    return [
        {"paper": paper, "text": words(paper), "elsewhere": same_file_elsewhere(paper.document)}
        for paper in papers
    ]


def _invoice_words(invoice: Invoice) -> str:
    return (
        f"发票 {invoice.code} {invoice.number}，{spoken_day(invoice.issued_on)}，{spoken_money(invoice.total)}，"
        f"{invoice.buyer}；{invoice.seller}；{invoice.item}"
    )


def _transfer_words(transfer: BankTransfer) -> str:
    return (
        f"转账 {transfer.receipt_number}，{spoken_day(transfer.paid_on)}，{spoken_money(transfer.amount)}，"
        f"{transfer.payer}；{transfer.payee}"
    )


def _papers_of(order: Order) -> str:
    """Contracts, payments and their files with what a reviewer should look at twice (O4, O5)."""
    return render_to_string(
        "orders/desk_papers.html",
        {
            "contracts": [
                {
                    "contract": contract,
                    "deviation": price_deviation(contract).text,
                    "elsewhere": same_file_elsewhere(contract.document),
                }
                for contract in order.contracts.select_related("document", "order")
            ],
            "payments": [
                {
                    "payment": payment,
                    "papers": _flagged(payment.invoices.select_related("document"), _invoice_words)
                    + _flagged(payment.transfers.select_related("document"), _transfer_words),
                }
                for payment in order.payments.order_by("-pk")
            ],
            "rating": getattr(order, "rating", None),
        },
    )


def _not_endable(order: Order, by: Actor, at: datetime) -> str:
    """Why the payment cannot be ended: none is waiting, or its parties still have time (V5)."""
    if not ORDER.allows(order.state, "end_payment"):
        return "没有等待收券或补正的支付。"
    try:
        return why_not(policy.require_left_lying, endable_after=payment_endable_after(order), at=at)
    except Refusal as refusal:
        return refusal.sentence


@admin.register(Order)
class OrderAdmin(DeskAdmin):
    """The city's orders with everything about them; what can be done is to end a payment that was left lying."""

    desk_roles = STAFF
    record_acts = {
        "end-payment": Act(
            "结束未完成的支付",
            end_payment,
            ReasonForm,
            CONTRACTOR,
            "order",
            _not_endable,
            "支付已结束，金额由系统收回。",
        ),
    }
    list_display = (
        "number",
        "enterprise",
        "provider",
        "expected",
        "paid_shown",
        "state",
        "placed_at",
    )
    list_filter = ("state",)
    search_fields = (
        "enterprise__name",
        "enterprise__credit_code",
        "provider__name",
        "provider__credit_code",
    )
    search_help_text = "订单号、企业或机构的名称、统一社会信用代码"
    fieldsets = (
        (
            "订单",
            {
                "fields": (
                    "number",
                    "state",
                    "turn",
                    "deadline",
                    "enterprise",
                    "provider",
                    "product_version",
                    "price_tier",
                    "voucher",
                )
            },
        ),
        (
            "金额",
            {
                "fields": (
                    "expected",
                    "reserved_shown",
                    "paid_shown",
                    "settled_shown",
                    "disallowed_shown",
                )
            },
        ),
        ("合同、支付与评价", {"fields": ("papers",)}),
        ("经过", {"fields": ("end_reason", "cancellation_reason", "history")}),
    )

    def visible_to(self, user: Any) -> QuerySet[Order]:
        return orders_visible_to(user)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        term = normal_number(search_term)
        if term.startswith("DD") and (number := whole_number(term[2:])) is not None:
            return queryset.filter(pk=number), False
        return super().get_search_results(request, queryset, search_term)

    @admin.display(description="订单号", ordering="pk")
    def number(self, order: Order) -> str:
        return order.number

    @admin.display(description="等待")
    def turn(self, order: Order) -> str:
        return whose_turn(order).what or "—"

    @admin.display(description="截止")
    def deadline(self, order: Order) -> str:
        try:
            deadline = order_deadline(order)
        except Refusal as refusal:
            return refusal.sentence
        if deadline is None:
            return "—"
        over = "（已过，已失效）" if timezone.now() > deadline else ""
        return f"{spoken(deadline)}{over}，逾期：{deadline_reason(order)[0]}"

    @admin.display(description="预计用券", ordering="expected_amount")
    def expected(self, order: Order) -> str:
        return spoken_money(order.expected_amount)

    @admin.display(description="已预留", ordering="reserved")
    def reserved_shown(self, order: Order) -> str:
        return spoken_money(order.reserved)

    @admin.display(description="已支付", ordering="paid")
    def paid_shown(self, order: Order) -> str:
        return spoken_money(order.paid)

    @admin.display(description="已兑现", ordering="settled")
    def settled_shown(self, order: Order) -> str:
        return spoken_money(order.settled)

    @admin.display(description="不予兑现", ordering="disallowed")
    def disallowed_shown(self, order: Order) -> str:
        return spoken_money(order.disallowed)

    @admin.display(description="材料")
    def papers(self, order: Order) -> str:
        return _papers_of(order)

    @admin.display(description="记录")
    def history(self, order: Order) -> str:
        lines = [line_of(entry) for entry in history_of(order)]
        return render_to_string("orders/desk_history.html", {"lines": lines})


def _undecidable(payment_return: PaymentReturn, by: Actor, at: datetime) -> str:
    """Why the request cannot be decided now: already decided, or the voucher has expired (O8)."""
    if not PAYMENT_RETURN.allows(payment_return.state, "grant"):
        return "该申请已决定。"
    expires_at = payment_return.payment.order.voucher.batch.expires_at
    return why_not(policy.require_returnable, expires_at=expires_at, at=at)


@admin.register(PaymentReturn)
class PaymentReturnAdmin(DeskAdmin):
    """The queue of requests to return a payment; the contractor of the enterprise's city decides (O8)."""

    desk_roles = STAFF
    list_display = ("number", "enterprise", "provider", "amount", "state", "asked_at", "expires")
    list_filter = ("state",)
    fields = (
        "order",
        "enterprise",
        "provider",
        "amount",
        "reason",
        "state",
        "asked_at",
        "expires",
        "papers",
        "decided_at",
        "decision_reason",
    )
    record_acts = {
        "grant": Act(
            "同意退回",
            grant_payment_return,
            OptionalReasonForm,
            CONTRACTOR,
            "payment_return",
            _undecidable,
            "已同意，金额回到订单预留。",
        ),
        "refuse": Act(
            "不同意退回",
            refuse_payment_return,
            ReasonForm,
            CONTRACTOR,
            "payment_return",
            _undecidable,
            "已答复机构。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[PaymentReturn]:
        return payment_returns_visible_to(user)

    @admin.display(description="订单号")
    def number(self, payment_return: PaymentReturn) -> str:
        return payment_return.payment.order.number

    @admin.display(description="订单")
    def order(self, payment_return: PaymentReturn) -> str:
        order = payment_return.payment.order
        return format_html(
            '<a href="{}">{}</a>',
            reverse("admin:orders_order_change", args=[order.pk]),
            order.number,
        )

    @admin.display(description="企业")
    def enterprise(self, payment_return: PaymentReturn) -> str:
        return str(payment_return.payment.order.enterprise)

    @admin.display(description="服务机构")
    def provider(self, payment_return: PaymentReturn) -> str:
        return str(payment_return.payment.order.provider)

    @admin.display(description="金额", ordering="payment__amount")
    def amount(self, payment_return: PaymentReturn) -> str:
        return spoken_money(payment_return.payment.amount)

    @admin.display(description="服务券到期")
    def expires(self, payment_return: PaymentReturn) -> str:
        return spoken(payment_return.payment.order.voucher.batch.expires_at)

    @admin.display(description="材料")
    def papers(self, payment_return: PaymentReturn) -> str:
        return _papers_of(payment_return.payment.order)
