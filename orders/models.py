"""Orders, contracts, payments and their papers, ratings, and what each provider may still accept."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from foundation.money import MoneyField, spoken_money
from orders.states import OrderState, PaymentState, ReturnState


class ProviderAllowance(models.Model):
    """What a provider may accept in one programme and what counts against it (P7).

    ``reserved``: by live orders; ``accepted``: paid to the provider, settled included, disallowed not.
    ``cap`` repeats the programme's figure so that the database can hold the line itself.
    """

    programme = models.ForeignKey(
        "vouchers.Programme", models.PROTECT, related_name="+", verbose_name="年度方案"
    )
    provider = models.ForeignKey(
        "providers.Provider", models.PROTECT, related_name="allowances", verbose_name="服务机构"
    )
    cap = MoneyField("收券上限（元）")
    reserved = MoneyField("已预留（元）", default=0)
    accepted = MoneyField("已收券（元）", default=0)

    class Meta:
        verbose_name = "机构收券额度"
        verbose_name_plural = "机构收券额度"
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "programme"], name="orders_provider_allowance"
            ),
            models.CheckConstraint(
                name="orders_allowance_within_cap",
                condition=Q(reserved__gte=0)
                & Q(accepted__gte=0)
                & Q(cap__gte=F("reserved") + F("accepted")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.programme_id}"

    @property
    def left(self) -> Decimal:
        """What the provider can still accept, yuan."""
        return self.cap - self.reserved - self.accepted


class Party(models.TextChoices):
    """The two sides of an order."""

    ENTERPRISE = "enterprise", "企业"
    PROVIDER = "provider", "服务机构"


class Order(models.Model):
    """An enterprise orders a product version with one voucher (O1).

    ``reserved`` and ``paid`` are this order's part of the voucher's places of the same name; ``settled`` and
    ``disallowed`` where it ended.
    """

    voucher = models.ForeignKey(
        "vouchers.Voucher", models.PROTECT, related_name="orders", verbose_name="服务券"
    )
    enterprise = models.ForeignKey(
        "enterprises.Enterprise", models.PROTECT, related_name="orders", verbose_name="企业"
    )
    provider = models.ForeignKey(
        "providers.Provider", models.PROTECT, related_name="orders", verbose_name="服务机构"
    )
    profile = models.ForeignKey(
        "enterprises.Profile", models.PROTECT, related_name="+", verbose_name="下单时企业信息"
    )
    product_version = models.ForeignKey(
        "providers.ProductVersion", models.PROTECT, related_name="orders", verbose_name="产品版本"
    )
    price_tier = models.ForeignKey(
        "providers.PriceTier",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="价格档",
    )
    expected_amount = MoneyField("预计用券（元）")
    reserved = MoneyField("已预留（元）")
    paid = MoneyField("已支付（元）", default=0)
    settled = MoneyField("已兑现（元）", default=0)
    disallowed = MoneyField("不予兑现（元）", default=0)
    state = models.CharField(
        "状态", max_length=20, choices=OrderState.choices, default=OrderState.PLACED
    )
    placed_at = models.DateTimeField("下单时间")
    confirmed_at = models.DateTimeField("接单时间", null=True)
    contract_uploaded_at = models.DateTimeField("首次上传合同时间", null=True)
    contract_returned_at = models.DateTimeField("合同退回时间", null=True)
    contracted_at = models.DateTimeField("合同确认时间", null=True)
    paid_at = models.DateTimeField("支付时间", null=True)
    accepted_at = models.DateTimeField("收券时间", null=True)
    ended_at = models.DateTimeField("结束时间", null=True)
    end_reason = models.CharField("结束原因", max_length=300, blank=True)
    cancellation_asked_by = models.CharField(
        "提出取消的一方", max_length=10, choices=Party.choices, blank=True
    )
    cancellation_reason = models.CharField("取消原因", max_length=300, blank=True)

    class Meta:
        verbose_name = "订单"
        verbose_name_plural = "订单"
        ordering = ["-id"]
        # What the sweepers look for every minute.
        indexes = [models.Index(fields=["state"], name="orders_order_state")]
        constraints = [
            models.CheckConstraint(
                name="orders_amounts",
                condition=Q(expected_amount__gt=0)
                & Q(reserved__gte=0)
                & Q(paid__gte=0)
                & Q(settled__gte=0)
                & Q(disallowed__gte=0),
            ),
            models.CheckConstraint(
                name="orders_ended_hold_nothing",
                condition=~Q(state__in=["declined", "cancelled", "lapsed"])
                | Q(reserved=0, paid=0, settled=0, disallowed=0, ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="orders_contract_before_payment",
                condition=Q(contracted_at__isnull=False)
                | ~Q(
                    state__in=[
                        "contracted",
                        "paid",
                        "payment_correction",
                        "accepted",
                        "claimed",
                        "settled",
                        "disallowed",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The order's number as shown to people."""
        return f"DD{self.pk:08d}"

    @property
    def reference(self) -> str:
        """How the ledger names this order."""
        return f"order:{self.pk}"


class Contract(models.Model):
    """One upload of an order's contract; a corrected one is a new version (O3, O4)."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="contracts", verbose_name="订单")
    version = models.PositiveSmallIntegerField("版本")
    number = models.CharField("合同编号", max_length=80)
    signed_on = models.DateField("签订日期")
    total = MoneyField("合同总额（元）")
    supported = MoneyField("可用券金额部分（元）")
    service_from = models.DateField("服务开始日期")
    service_until = models.DateField("验收日期")
    enterprise_name = models.CharField("甲方（企业）名称", max_length=120)
    provider_name = models.CharField("乙方（服务机构）名称", max_length=120)
    not_funded_elsewhere = models.BooleanField("未获其他财政资金支持")
    document = models.ForeignKey(
        "documents.Document", models.PROTECT, related_name="+", verbose_name="合同文件"
    )
    uploaded_at = models.DateTimeField("上传时间")
    returned_at = models.DateTimeField("退回时间", null=True)
    return_reason = models.TextField("退回原因", blank=True)
    confirmed_at = models.DateTimeField("确认时间", null=True)

    class Meta:
        verbose_name = "合同"
        verbose_name_plural = "合同"
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["order", "version"], name="orders_contract_version"),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(confirmed_at__isnull=False),
                name="orders_one_confirmed_contract",
            ),
            models.CheckConstraint(
                name="orders_contract_amounts",
                condition=Q(supported__gt=0) & Q(total__gte=F("supported")),
            ),
            models.CheckConstraint(
                name="orders_contract_dates", condition=Q(service_until__gte=F("service_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order} 合同 v{self.version}"


class Payment(models.Model):
    """One payment of an order with a voucher amount, its invoices and transfers (O5, O7)."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="payments", verbose_name="订单")
    contract = models.ForeignKey(Contract, models.PROTECT, related_name="+", verbose_name="合同")
    amount = MoneyField("用券金额（元）")
    state = models.CharField(
        "状态", max_length=10, choices=PaymentState.choices, default=PaymentState.SUBMITTED
    )
    submitted_at = models.DateTimeField("提交时间")
    correction_reason = models.TextField("补正原因", blank=True)
    accepted_at = models.DateTimeField("收券时间", null=True)
    returned_at = models.DateTimeField("退回时间", null=True)

    class Meta:
        verbose_name = "支付"
        verbose_name_plural = "支付"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"], condition=~Q(state="returned"), name="orders_one_live_payment"
            ),
            models.CheckConstraint(name="orders_payment_amount", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.order} 支付 {spoken_money(self.amount)}"


class Invoice(models.Model):
    """A full invoice of a payment. ``key`` is used once in the whole system, ever (O5).

    ``superseded_at``: replaced by a correction before acceptance, or carried over to the same order's next payment.
    """

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="invoices", verbose_name="支付"
    )
    code = models.CharField("发票代码", max_length=20, blank=True)
    number = models.CharField("发票号码", max_length=20)
    key = models.CharField(max_length=45, editable=False)
    issued_on = models.DateField("开票日期")
    total = MoneyField("价税合计（元）")
    buyer = models.CharField("购买方", max_length=120)
    seller = models.CharField("销售方", max_length=120)
    item = models.CharField("项目或备注", max_length=200)
    document = models.ForeignKey(
        "documents.Document", models.PROTECT, related_name="+", verbose_name="发票文件"
    )
    superseded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "发票"
        verbose_name_plural = "发票"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(superseded_at__isnull=True),
                name="orders_invoice_used_once",
            ),
            models.CheckConstraint(name="orders_invoice_total", condition=Q(total__gt=0)),
        ]

    def __str__(self) -> str:
        return self.number


class BankTransfer(models.Model):
    """A corporate bank transfer of a payment; its receipt number is used once, ever, like an invoice's (O5)."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="transfers", verbose_name="支付"
    )
    receipt_number = models.CharField("回单号", max_length=60)
    key = models.CharField(max_length=60, editable=False)
    paid_on = models.DateField("转账日期")
    amount = MoneyField("金额（元）")
    payer = models.CharField("付款方", max_length=120)
    payee = models.CharField("收款方", max_length=120)
    document = models.ForeignKey(
        "documents.Document", models.PROTECT, related_name="+", verbose_name="转账凭证"
    )
    superseded_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "对公转账"
        verbose_name_plural = "对公转账"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"],
                condition=Q(superseded_at__isnull=True),
                name="orders_transfer_used_once",
            ),
            models.CheckConstraint(name="orders_transfer_amount", condition=Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return self.receipt_number


class Rating(models.Model):
    """The enterprise's rating of the provider, required with the payment (O5); one per order."""

    order = models.OneToOneField(Order, models.PROTECT, related_name="rating", verbose_name="订单")
    provider = models.ForeignKey(
        "providers.Provider", models.PROTECT, related_name="ratings", verbose_name="服务机构"
    )
    product = models.ForeignKey(
        "providers.Product", models.PROTECT, related_name="ratings", verbose_name="产品"
    )
    stars = models.PositiveSmallIntegerField("星级")
    comment = models.CharField("评价", max_length=500)
    rated_at = models.DateTimeField("评价时间")

    class Meta:
        verbose_name = "评价"
        verbose_name_plural = "评价"
        constraints = [
            models.CheckConstraint(
                name="orders_rating_stars", condition=Q(stars__gte=1) & Q(stars__lte=5)
            )
        ]

    def __str__(self) -> str:
        return f"{self.order} {self.stars} 星"


class PaymentReturn(models.Model):
    """A provider's request to return a payment, decided by the contractor of the enterprise's city (O8)."""

    payment = models.ForeignKey(
        Payment, models.PROTECT, related_name="return_requests", verbose_name="支付"
    )
    reason = models.TextField("申请原因")
    state = models.CharField(
        "状态", max_length=8, choices=ReturnState.choices, default=ReturnState.ASKED
    )
    asked_at = models.DateTimeField("申请时间")
    asked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="申请人"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decision_reason = models.TextField("决定理由", blank=True)

    class Meta:
        verbose_name = "退回支付申请"
        verbose_name_plural = "退回支付申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(state="asked"),
                name="orders_one_open_return_request",
            ),
            models.CheckConstraint(
                name="orders_return_decided",
                condition=Q(state="asked", decided_at__isnull=True)
                | ~Q(state="asked") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.payment} 退回申请"
