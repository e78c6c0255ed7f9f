"""The steps that an order page offers: one button, one small form, one operation each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms

from foundation.accounts.actors import Actor
from foundation.errors import Refusal
from orders.forms import CorrectionReasonForm, DeclineForm, ReasonForm, ReturnContractForm
from orders.models import Order
from orders.operations import cancelling, contracts, paying, placing, returning
from orders.permissions import SIDE_OF, side_of
from orders.queries import has_lapsed, open_return_of
from orders.states import ORDER


@dataclass(frozen=True)
class Step:
    """``key``: in the address. ``step``: in permissions.SIDE_OF. ``verb``: in the table of moves.

    ``page``: the name of its own address, empty for a small ``form`` at the general one. ``is_other``: not a step on
    the way, but one beside it, such as cancelling.
    """

    key: str
    label: str
    step: str
    verb: str
    operation: Callable[..., Any] | None = None
    form: type[forms.Form] = forms.Form
    explain: str = ""
    done: str = ""
    tone: str = ""
    page: str = ""
    is_other: bool = False


STEPS: tuple[Step, ...] = (
    Step(
        "confirm",
        "确认订单",
        "confirm",
        "confirm",
        placing.confirm_order,
        explain="确认后，企业就可以上传服务合同。",
        done="订单已确认，已通知企业上传合同。",
    ),
    Step(
        "decline",
        "不接单",
        "decline",
        "decline",
        placing.decline_order,
        DeclineForm,
        "预留金额将退回企业的服务券。",
        "已通知企业您未接单。",
        "outline-primary",
    ),
    Step("contract", "上传服务合同", "upload_contract", "upload_contract", page="orders:contract"),
    Step(
        "confirm-contract",
        "确认合同",
        "confirm_contract",
        "confirm_contract",
        contracts.confirm_contract,
        explain="请核对合同的服务名称和内容、金额、日期、双方名称和印章。确认后，取消订单须双方同意。",
        done="合同已确认。",
    ),
    Step(
        "return-contract",
        "退回合同",
        "return_contract",
        "return_contract",
        contracts.return_contract,
        ReturnContractForm,
        "企业可在补正期限内修改后重新上传。",
        "合同已退回，已通知企业补正。",
        "outline-primary",
    ),
    Step("payment", "支付服务券", "pay", "pay", page="orders:payment"),
    Step(
        "correction", "补正支付材料", "correct_payment", "correct_payment", page="orders:correction"
    ),
    Step(
        "accept",
        "收券",
        "accept",
        "accept",
        paying.accept_payment,
        explain="请仔细核对发票、转账凭证和用券金额。收券后就可以申请兑现。",
        done="已收券。",
    ),
    Step(
        "ask-correction",
        "要求补正材料",
        "ask_correction",
        "ask_correction",
        paying.ask_payment_correction,
        CorrectionReasonForm,
        "用券金额不变，企业只补正材料。",
        "已通知企业补正材料。",
        "outline-primary",
    ),
    Step(
        "ask-return",
        "申请退回支付",
        "ask_return",
        "refund",
        returning.ask_payment_return,
        ReasonForm,
        "由企业所在地承办单位决定。服务券到期后不能申请或办理退回。",
        "申请已提交，由承办单位决定。",
        "outline-primary",
        is_other=True,
    ),
    Step(
        "cancel",
        "取消订单",
        "cancel",
        "cancel",
        cancelling.cancel_order,
        ReasonForm,
        "取消后预留金额立即解除：使用期限内退回可用余额，期限外由系统收回。",
        "订单已取消。",
        "outline-primary",
        is_other=True,
    ),
    Step(
        "ask-cancellation",
        "提出取消订单",
        "ask_cancellation",
        "cancel_together",
        cancelling.ask_cancellation,
        ReasonForm,
        "合同确认后，取消订单须对方同意。",
        "已向对方提出取消。",
        "outline-primary",
        is_other=True,
    ),
    Step(
        "agree-cancellation",
        "同意取消订单",
        "agree_cancellation",
        "cancel_together",
        cancelling.agree_cancellation,
        explain="同意后订单即取消，预留金额立即解除：使用期限内退回可用余额，期限外由系统收回。",
        done="订单已取消。",
        tone="outline-primary",
    ),
    Step(
        "withdraw-cancellation",
        "撤回取消请求",
        "withdraw_cancellation",
        "cancel_together",
        cancelling.withdraw_cancellation,
        explain="撤回后订单照常进行。",
        done="已撤回取消请求。",
        tone="outline-primary",
        is_other=True,
    ),
)
BY_KEY = {step.key: step for step in STEPS}


def steps_for(order: Order, by: Actor, at: datetime) -> list[Step]:
    """The steps the actor can take on the order now, the main one first."""
    side = side_of(order, by)
    try:
        if side is None or has_lapsed(order, at):
            return []
    except Refusal:
        # The calendar of the year is not loaded; each step says so itself.
        pass
    asked = order.cancellation_asked_by
    fits = {
        "ask_cancellation": not asked,
        "agree_cancellation": bool(asked) and asked != side,
        "withdraw_cancellation": asked == side,
        "ask_return": at <= order.voucher.batch.expires_at and open_return_of(order) is None,
    }
    return [
        step
        for step in STEPS
        if side in SIDE_OF[step.step]
        and ORDER.allows(order.state, step.verb)
        and fits.get(step.step, True)
    ]
