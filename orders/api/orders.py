"""An order by the API: reading it, placing it, and every step of either side (O1–O8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch, QuerySet
from rest_framework.exceptions import ValidationError

from foundation.accounts.models import Role
from foundation.api.fields import Choice, In
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, lists, reads, writes
from foundation.errors import OutOfReach
from orders.api.shapes import (
    ContractIn,
    OrderDetailOut,
    OrderOut,
    PapersIn,
    PayIn,
    PlaceIn,
    ReasonIn,
    TelephoneOut,
)
from orders.models import Contract, Order, Payment
from orders.operations import cancelling, contracts, paying, placing, returning
from orders.operations.contacting import Telephone, reveal_contact
from orders.policies.papers import InvoiceData, TransferData
from orders.queries import (
    deadlines_of,
    get_order_for,
    orders_visible_to,
    payment_returns_of,
    whose_turn,
)
from orders.states import OrderState
from orders.views.steps import steps_for
from providers.queries import get_version_on_sale
from vouchers.queries import get_voucher_for

BOTH = frozenset({Role.ENTERPRISE, Role.PROVIDER})
ENTERPRISE, PROVIDER = frozenset({Role.ENTERPRISE}), frozenset({Role.PROVIDER})


class OrderQuery(PageQuery):
    """Filters of orders."""

    state = Choice(choices=OrderState.choices, required=False, help_text="状态")


def with_deadlines(orders: list[Any], call: Call) -> list[Any]:
    """Orders with ``until``: when each lapses, None when it does not."""
    deadlines = deadlines_of(orders)
    for order in orders:
        order.until = deadlines[order.pk]
    return orders


def detailed(order: Order, call: Call) -> Order:
    """An order with everything its shape shows."""
    documents = "document"
    found: Any = (
        orders_visible_to(call.user)
        .prefetch_related(
            Prefetch("contracts", Contract.objects.select_related(documents).order_by("-version")),
            Prefetch("payments", Payment.objects.order_by("-pk")),
            f"payments__invoices__{documents}",
            f"payments__transfers__{documents}",
        )
        .get(pk=order.pk)
    )
    with_deadlines([found], call)
    found.turn = whose_turn(found)
    found.steps = [step.key for step in steps_for(found, call.by, call.at)]
    found.returns = payment_returns_of(found)
    return found


class Orders(Api):
    """One's orders, newest first."""

    roles = BOTH

    @lists("我的订单", gives=OrderOut, asks=OrderQuery, rows=with_deadlines)
    def get(self, call: Call) -> QuerySet[Order]:
        found = orders_visible_to(call.user)
        state = call.data.get("state")
        return found.filter(state=state) if state else found


class PlaceOrder(Api):
    """Order a product version with one of one's vouchers."""

    roles = ENTERPRISE

    @writes(
        "下单",
        gives=OrderDetailOut,
        takes=PlaceIn,
        status=201,
        example={"voucher": 3, "version": 8, "price_tier": None, "expected_amount": "10000"},
        description="使用期限内下单，预留服务券余额和机构收券额度（O1、P7）。",
    )
    def post(self, call: Call) -> Order:
        said = dict(call.data)
        voucher = named("voucher", get_voucher_for, call.by, said.pop("voucher"))
        version = named("version", get_version_on_sale, said.pop("version"))
        tier_pk = said.pop("price_tier", None)
        tier = version.tiers.filter(pk=tier_pk).first() if tier_pk else None
        if tier_pk and tier is None:
            raise ValidationError({"price_tier": ["该产品没有这个价格档，请重新选择。"]})
        order = placing.place_order(
            by=call.by, at=call.at, voucher=voucher, version=version, price_tier=tier, **said
        )
        return detailed(order, call)


def named(field: str, get: Callable[..., Any], *arguments: Any) -> Any:
    """What a body names by its number; what is not there, or beyond reach, is said at its field."""
    try:
        return get(*arguments)
    except OutOfReach:
        raise ValidationError({field: ["没有这一项，请核对编号。"]}) from None


class OrderDetail(Api):
    """One order."""

    roles = BOTH

    @reads("订单", gives=OrderDetailOut)
    def get(self, call: Call, pk: int) -> Order:
        return detailed(get_order_for(call.by, pk), call)


def step(
    summary: str,
    operation: Callable[..., Any],
    who: frozenset[Role],
    *,
    takes: type[In] | None = None,
    description: str = "",
    example: Any = None,
    prepared: Callable[[dict[str, Any]], dict[str, Any]] = dict,
) -> type[Api]:
    """The view of one step: one operation on an order in reach; ``prepared`` makes its arguments of the body."""

    class Step(Api):
        roles = who

        @writes(
            summary, gives=OrderDetailOut, takes=takes, description=description, example=example
        )
        def post(self, call: Call, pk: int) -> Order:
            order = get_order_for(call.by, pk)
            operation(by=call.by, at=call.at, order=order, **prepared(call.data))
            return detailed(order, call)

    return Step


def papers(said: dict[str, Any]) -> dict[str, Any]:
    """Invoices and transfers as the operations take them."""
    return {
        **said,
        "invoices": [InvoiceData(**one) for one in said["invoices"]],
        "transfers": [TransferData(**one) for one in said["transfers"]],
    }


_REASON = {"reason": "服务排期已满"}
_PAPERS = {
    "invoices": [
        {
            "number": "20442000000012345678",
            "issued_on": "2020-08-20",
            "total": "20000.00",
            "buyer": "广州示例科技有限公司",
            "seller": "广州示例服务有限公司",
            "item": "管理咨询",
            "file": 31,
        }
    ],
    "transfers": [
        {
            "receipt_number": "2020082000001",
            "paid_on": "2020-08-20",
            "amount": "10000.00",
            "payer": "广州示例科技有限公司",
            "payee": "广州示例服务有限公司",
            "file": 32,
        }
    ],
}

Confirm = step("确认订单", placing.confirm_order, PROVIDER, description="接单（O2）。")
Decline = step("不接单", placing.decline_order, PROVIDER, takes=ReasonIn, example=_REASON)
Cancel = step(
    "取消订单",
    cancelling.cancel_order,
    ENTERPRISE,
    takes=ReasonIn,
    example=_REASON,
    description="合同确认前，企业可单方取消（O2）。",
)
AskCancellation = step(
    "提出取消订单",
    cancelling.ask_cancellation,
    BOTH,
    takes=ReasonIn,
    example=_REASON,
    description="合同确认后，取消须对方同意（O2）。",
)
AgreeCancellation = step("同意取消订单", cancelling.agree_cancellation, BOTH)
WithdrawCancellation = step("撤回取消请求", cancelling.withdraw_cancellation, BOTH)
UploadContract = step(
    "上传服务合同",
    contracts.upload_contract,
    ENTERPRISE,
    takes=ContractIn,
    description="使用期限内上传；被退回的在补正期限内重新上传（O3、V4）。",
    example={
        "number": "HT-2020-001",
        "signed_on": "2020-07-03",
        "enterprise_name": "广州示例科技有限公司",
        "provider_name": "广州示例服务有限公司",
        "total": "20000.00",
        "supported": "20000.00",
        "service_from": "2020-07-03",
        "service_until": "2020-08-31",
        "contract_file": 30,
        "not_funded_elsewhere": True,
    },
)
ConfirmContract = step("确认合同", contracts.confirm_contract, PROVIDER)
ReturnContract = step(
    "退回合同", contracts.return_contract, PROVIDER, takes=ReasonIn, example=_REASON
)
Pay = step(
    "支付服务券",
    paying.submit_payment,
    ENTERPRISE,
    takes=PayIn,
    prepared=papers,
    description="服务完成后，凭全额发票、对公转账和评价支付（O5）。全部问题一次列出。",
    example={"amount": "10000", "stars": 5, "comment": "服务及时，成果符合合同。", **_PAPERS},
)
CorrectPayment = step(
    "补正支付材料",
    paying.correct_payment,
    ENTERPRISE,
    takes=PapersIn,
    prepared=papers,
    description="金额不变，重新提交全部材料；沿用的文件填 kept（O7）。",
    example=_PAPERS,
)
AcceptPayment = step("收券", paying.accept_payment, PROVIDER, description="核对材料后收券（O7）。")
AskCorrection = step(
    "要求补正支付材料", paying.ask_payment_correction, PROVIDER, takes=ReasonIn, example=_REASON
)
AskReturn = step(
    "申请退回支付",
    returning.ask_payment_return,
    PROVIDER,
    takes=ReasonIn,
    example=_REASON,
    description="由企业所在地承办单位决定；服务券到期后不能申请（O8）。",
)


class Contact(Api):
    """The other side's telephone number, in clear; each look is recorded (F5)."""

    roles = BOTH

    @writes(
        "查看对方联系电话",
        gives=TelephoneOut,
        repeats=False,
        description="仅限办理中的订单，每次查看均有记录；同一幂等键不重复答复。",
    )
    def post(self, call: Call, pk: int) -> Telephone:
        return reveal_contact(by=call.by, at=call.at, order=get_order_for(call.by, pk))
