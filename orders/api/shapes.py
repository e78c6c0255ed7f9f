"""The shapes of orders, contracts, payments and their papers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from foundation.api.fields import (
    FileOut,
    In,
    Out,
    Pk,
    StagedFile,
    State,
    Text,
    Yes,
    YuanIn,
    YuanOut,
)
from orders.forms.reasons import REASON_MAX
from orders.models import BankTransfer, Invoice
from orders.policies.papers import MAX_PAPERS
from orders.states import OrderState, PaymentState, ReturnState


class ReasonIn(In):
    """Why a step is taken."""

    reason = Text(REASON_MAX, help_text="原因，对方能看到")


class PlaceIn(In):
    """Which voucher pays for a product, at which tier, and about how much (O1)."""

    voucher = Pk(help_text="服务券编号")
    version = Pk(help_text="在售产品版本编号")
    price_tier = Pk(required=False, allow_null=True, help_text="价格档编号；区间价必填")
    expected_amount = YuanIn(help_text="预计用券金额，整数元")


class ContractIn(In):
    """What the contract says, as it says it (O3)."""

    number = Text(80, help_text="合同编号")
    signed_on = serializers.DateField(help_text="签订日期")
    enterprise_name = Text(120, help_text="甲方（企业）名称，须与注册名称一致")
    provider_name = Text(120, help_text="乙方（服务机构）名称，须与注册名称一致")
    total = YuanIn(help_text="合同总额（元）")
    supported = YuanIn(help_text="其中可用券部分（元），剔除无关内容")
    service_from = serializers.DateField(help_text="服务开始日期")
    service_until = serializers.DateField(help_text="验收日期")
    contract_file = StagedFile()
    not_funded_elsewhere = Yes(help_text="未获其他财政资金或往年服务券支持（O9）")


class PaperIn(In):
    """A paper's file: uploaded before, or, for a correction, one the order has already."""

    file = StagedFile(required=False)
    kept = Pk(required=False, help_text="沿用本订单已有的文件时填其编号")


class InvoiceIn(PaperIn):
    """One full invoice (O5)."""

    code = Text(20, required=False, allow_blank=True, default="", help_text="发票代码；数电票不填")
    number = Text(30, help_text="发票号码")
    issued_on = serializers.DateField(help_text="开票日期")
    total = YuanIn(help_text="价税合计（元）")
    buyer = Text(120, help_text="购买方")
    seller = Text(120, help_text="销售方")
    item = Text(200, help_text="项目名称或备注")


class TransferIn(PaperIn):
    """One corporate bank transfer (O5)."""

    receipt_number = Text(60, help_text="回单号（流水号）")
    paid_on = serializers.DateField(help_text="转账日期")
    amount = YuanIn(help_text="金额（元）")
    payer = Text(120, help_text="付款方户名")
    payee = Text(120, help_text="收款方户名")


class PapersIn(In):
    """The papers of a payment."""

    invoices = InvoiceIn(many=True, max_length=MAX_PAPERS, help_text="发票，至少一张")  # type: ignore[call-arg]
    transfers = TransferIn(many=True, max_length=MAX_PAPERS, help_text="对公转账，至少一笔")  # type: ignore[call-arg]


class PayIn(PapersIn):
    """A payment with its papers and the rating (O5)."""

    amount = YuanIn(help_text="用券金额，整数元")
    stars = serializers.IntegerField(min_value=1, max_value=5, help_text="服务评分，1 至 5 星")
    comment = Text(500, help_text="服务评价")


class ContractOut(Out):
    """One upload of the contract."""

    version = serializers.IntegerField(help_text="第几次上传")
    number = serializers.CharField(help_text="合同编号")
    signed_on = serializers.DateField(help_text="签订日期")
    total = YuanOut(help_text="合同总额（元）")
    supported = YuanOut(help_text="可用券部分（元）")
    service_from = serializers.DateField(help_text="服务开始日期")
    service_until = serializers.DateField(help_text="验收日期")
    file = FileOut(source="document")
    uploaded_at = serializers.DateTimeField(help_text="上传时间")
    returned_at = serializers.DateTimeField(allow_null=True, help_text="退回时间")
    return_reason = serializers.CharField(help_text="退回原因")
    confirmed_at = serializers.DateTimeField(allow_null=True, help_text="确认时间")


class InvoiceOut(Out):
    """An invoice as stated."""

    code = serializers.CharField(help_text="发票代码")
    number = serializers.CharField(help_text="发票号码")
    issued_on = serializers.DateField(help_text="开票日期")
    total = YuanOut(help_text="价税合计（元）")
    buyer = serializers.CharField(help_text="购买方")
    seller = serializers.CharField(help_text="销售方")
    item = serializers.CharField(help_text="项目")
    file = FileOut(source="document")
    superseded = serializers.SerializerMethodField(help_text="是否已被补正材料取代")

    def get_superseded(self, paper: Invoice) -> bool:
        return paper.superseded_at is not None


class TransferOut(Out):
    """A transfer as stated."""

    receipt_number = serializers.CharField(help_text="回单号")
    paid_on = serializers.DateField(help_text="转账日期")
    amount = YuanOut(help_text="金额（元）")
    payer = serializers.CharField(help_text="付款方")
    payee = serializers.CharField(help_text="收款方")
    file = FileOut(source="document")
    superseded = serializers.SerializerMethodField(help_text="是否已被补正材料取代")

    def get_superseded(self, paper: BankTransfer) -> bool:
        return paper.superseded_at is not None


class PaymentOut(Out):
    """A payment with its papers."""

    id = serializers.IntegerField(source="pk")
    amount = YuanOut(help_text="用券金额（元）")
    state = State(PaymentState, help_text="状态")
    submitted_at = serializers.DateTimeField(help_text="提交时间")
    accepted_at = serializers.DateTimeField(allow_null=True, help_text="收券时间")
    correction_reason = serializers.CharField(help_text="要求补正的原因")
    invoices = InvoiceOut(many=True, source="invoices.all")
    transfers = TransferOut(many=True, source="transfers.all")


class ReturnOut(Out):
    """A request to return a payment (O8)."""

    id = serializers.IntegerField(source="pk")
    state = State(ReturnState, help_text="状态")
    reason = serializers.CharField(help_text="申请原因")
    asked_at = serializers.DateTimeField(help_text="申请时间")
    decided_at = serializers.DateTimeField(allow_null=True, help_text="决定时间")
    decision_reason = serializers.CharField(help_text="决定理由")


class OrderOut(Out):
    """An order in the list."""

    id = serializers.IntegerField(source="pk")
    number = serializers.CharField(help_text="订单号")
    state = State(OrderState, help_text="状态")
    lapsed = serializers.SerializerMethodField(help_text="按时间是否已失效（状态可能稍后才更新）")
    deadline = serializers.SerializerMethodField(help_text="下一步的截止时间；没有为 null")
    product = serializers.CharField(source="product_version.name", help_text="产品名称")
    version = serializers.IntegerField(source="product_version_id", help_text="产品版本编号")
    enterprise = serializers.CharField(source="profile.name", help_text="企业")
    provider = serializers.CharField(source="provider.name", help_text="服务机构")
    voucher = serializers.IntegerField(source="voucher_id", help_text="服务券编号")
    expected_amount = YuanOut(help_text="预计用券（元）")
    reserved = YuanOut(help_text="已预留（元）")
    paid = YuanOut(help_text="已支付（元）")
    settled = YuanOut(help_text="已兑现（元）")
    disallowed = YuanOut(help_text="不予兑现（元）")
    placed_at = serializers.DateTimeField(help_text="下单时间")

    def get_lapsed(self, order: Any) -> bool:
        at = self.context["call"].at
        return order.state == OrderState.LAPSED or (order.until is not None and at > order.until)

    def get_deadline(self, order: Any) -> str | None:
        return serializers.DateTimeField().to_representation(order.until) if order.until else None


class TurnOut(Out):
    """Whose turn it is."""

    party = serializers.CharField(help_text="enterprise、provider 或 staff；已结束为空")
    what = serializers.CharField(help_text="等待办理什么")


class OrderDetailOut(OrderOut):
    """An order with everything on it."""

    turn = TurnOut()
    steps = serializers.ListField(
        child=serializers.CharField(), help_text="您现在可以办理的步骤代码"
    )
    end_reason = serializers.CharField(help_text="结束原因")
    cancellation_asked_by = serializers.CharField(help_text="提出取消的一方；没有为空")
    contracts = ContractOut(many=True, source="contracts.all")
    payments = PaymentOut(many=True, source="payments.all")
    returns = ReturnOut(many=True, help_text="退回支付申请")


class TelephoneOut(Out):
    """A person and their number in clear (F5)."""

    name = serializers.CharField(help_text="姓名")
    mobile = serializers.CharField(help_text="手机号码")
