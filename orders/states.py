"""States of orders, payments and requested returns of payments (section 7)."""

from __future__ import annotations

from django.db.models import TextChoices

from foundation.states import StateMachine


class OrderState(TextChoices):
    """Where an order stands; whose turn it is follows from it."""

    PLACED = "placed", "待机构确认订单"
    DECLINED = "declined", "机构未接单"
    CANCELLED = "cancelled", "已取消"
    CONFIRMED = "confirmed", "待上传合同"
    CONTRACT_SUBMITTED = "contract_submitted", "待机构确认合同"
    CONTRACT_RETURNED = "contract_returned", "合同退回补正"
    CONTRACTED = "contracted", "服务中，待支付"
    PAID = "paid", "待机构收券"
    PAYMENT_CORRECTION = "payment_correction", "支付材料待补正"
    ACCEPTED = "accepted", "机构已收券"
    CLAIMED = "claimed", "兑现办理中"
    SETTLED = "settled", "已兑现"
    DISALLOWED = "disallowed", "不予兑现"
    LAPSED = "lapsed", "已失效"


S = OrderState
ORDER = StateMachine(
    name="order",
    states=OrderState,
    initial=OrderState.PLACED,
    moves={
        "confirm": ((S.PLACED,), S.CONFIRMED),
        "decline": ((S.PLACED,), S.DECLINED),
        "cancel": ((S.PLACED, S.CONFIRMED, S.CONTRACT_SUBMITTED, S.CONTRACT_RETURNED), S.CANCELLED),
        "cancel_together": ((S.CONTRACTED,), S.CANCELLED),
        "upload_contract": ((S.CONFIRMED, S.CONTRACT_RETURNED), S.CONTRACT_SUBMITTED),
        "return_contract": ((S.CONTRACT_SUBMITTED,), S.CONTRACT_RETURNED),
        "confirm_contract": ((S.CONTRACT_SUBMITTED,), S.CONTRACTED),
        "pay": ((S.CONTRACTED,), S.PAID),
        "ask_correction": ((S.PAID,), S.PAYMENT_CORRECTION),
        "correct_payment": ((S.PAYMENT_CORRECTION,), S.PAID),
        "accept": ((S.PAID,), S.ACCEPTED),
        # O8: the one way back in the rulebook.
        "refund": ((S.PAID, S.PAYMENT_CORRECTION, S.ACCEPTED), S.CONTRACTED),
        # Nobody took the payment, and the voucher has expired: the contractor ends it (ADR 0021).
        "end_payment": ((S.PAID, S.PAYMENT_CORRECTION), S.LAPSED),
        "claim": ((S.ACCEPTED,), S.CLAIMED),
        # A claim that is given up before review frees its orders for another claim (R1).
        "unclaim": ((S.CLAIMED,), S.ACCEPTED),
        "settle": ((S.CLAIMED,), S.SETTLED),
        "disallow": ((S.CLAIMED,), S.DISALLOWED),
        "lapse": (
            (S.PLACED, S.CONFIRMED, S.CONTRACT_SUBMITTED, S.CONTRACT_RETURNED, S.CONTRACTED),
            S.LAPSED,
        ),
    },
)


class PaymentState(TextChoices):
    """Where one payment of an order stands."""

    SUBMITTED = "submitted", "待收券"
    CORRECTION = "correction", "待补正"
    ACCEPTED = "accepted", "已收券"
    RETURNED = "returned", "已退回"


PAYMENT = StateMachine(
    name="payment",
    states=PaymentState,
    initial=PaymentState.SUBMITTED,
    moves={
        "ask_correction": ((PaymentState.SUBMITTED,), PaymentState.CORRECTION),
        "correct": ((PaymentState.CORRECTION,), PaymentState.SUBMITTED),
        "accept": ((PaymentState.SUBMITTED,), PaymentState.ACCEPTED),
        "refund": (
            (PaymentState.SUBMITTED, PaymentState.CORRECTION, PaymentState.ACCEPTED),
            PaymentState.RETURNED,
        ),
    },
)


class ReturnState(TextChoices):
    """Where a provider's request to return a payment stands (O8)."""

    ASKED = "asked", "待承办单位决定"
    GRANTED = "granted", "同意退回"
    REFUSED = "refused", "不同意退回"


PAYMENT_RETURN = StateMachine(
    name="payment_return",
    states=ReturnState,
    initial=ReturnState.ASKED,
    moves={
        "grant": ((ReturnState.ASKED,), ReturnState.GRANTED),
        "refuse": ((ReturnState.ASKED,), ReturnState.REFUSED),
    },
)
