"""What dashboards keep of their own: figures rolled up from the books, and the calls that districts have made.

Rolled-up rows are never the books: each programme's are replaced as a whole, and ``reconcile`` proves them.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.models import Industry, SizeClass
from foundation.money import MoneyField
from providers.models import Category


class Snapshot(models.Model):
    """When a programme's figures were rolled up; ``entries``: how many ledger entries the programme had then."""

    programme = models.OneToOneField(
        "vouchers.Programme", models.PROTECT, related_name="snapshot", verbose_name="年度方案"
    )
    taken_at = models.DateTimeField("汇总时间")
    entries = models.BigIntegerField("台账笔数")

    class Meta:
        verbose_name = "看板汇总"
        verbose_name_plural = "看板汇总"

    def __str__(self) -> str:
        return f"{self.programme} {self.taken_at}"


class Figures(models.Model):
    """A row of a snapshot: a programme's figures of one district."""

    programme = models.ForeignKey("vouchers.Programme", models.CASCADE, related_name="+")
    district = models.ForeignKey("regions.District", models.PROTECT, related_name="+")

    class Meta:
        abstract = True


class EnterpriseFigures(Figures):
    """How many enterprises got how far, by the year's file (N3)."""

    size_class = models.CharField(max_length=6, choices=SizeClass.choices)
    industry = models.CharField(max_length=14, choices=Industry.choices)
    registered = models.PositiveIntegerField("已注册", default=0)
    eligible = models.PositiveIntegerField("已具备资格", default=0)
    applied = models.PositiveIntegerField("已申领", default=0)
    granted = models.PositiveIntegerField("已获券", default=0)
    ordered = models.PositiveIntegerField("已下单", default=0)
    paid = models.PositiveIntegerField("已支付", default=0)
    settled = models.PositiveIntegerField("已兑现", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "企业进展汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "district", "size_class", "industry"],
                name="dashboards_enterprises_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme_id}/{self.district_id}"


class VoucherFigures(Figures):
    """Where a batch's voucher money is, by what the applications recorded; money in yuan (V2, N3)."""

    batch = models.ForeignKey("vouchers.Batch", models.CASCADE, related_name="+")
    size_class = models.CharField(max_length=6, choices=SizeClass.choices)
    industry = models.CharField(max_length=14, choices=Industry.choices)
    applications = models.PositiveIntegerField("申领家数", default=0)
    requested = MoneyField("申领金额", default=0)
    holders = models.PositiveIntegerField("获券家数", default=0)
    vouchers = models.PositiveIntegerField("张数", default=0)
    amount = MoneyField("发放", default=0)
    free = MoneyField("未使用", default=0)
    reserved = MoneyField("已预留", default=0)
    paid = MoneyField("已支付", default=0)
    settled = MoneyField("已兑现", default=0)
    disallowed = MoneyField("不予兑现", default=0)
    returned = MoneyField("主动退回", default=0)
    reclaimed = MoneyField("系统收回", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "服务券汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "batch", "district", "size_class", "industry"],
                name="dashboards_vouchers_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.district_id}"


class OrderFigures(Figures):
    """What a provider's orders of one category came to; ``own``: transfers of accepted payments, yuan (N3, O5)."""

    provider = models.ForeignKey("providers.Provider", models.CASCADE, related_name="+")
    category = models.CharField(max_length=12, choices=Category.choices)
    orders = models.PositiveIntegerField("订单", default=0)
    live = models.PositiveIntegerField("有效订单", default=0)
    reserved = MoneyField("已预留", default=0)
    paid = MoneyField("已支付", default=0)
    settled = MoneyField("已兑现", default=0)
    disallowed = MoneyField("不予兑现", default=0)
    accepted = MoneyField("已收券", default=0)
    own = MoneyField("企业自付", default=0)
    confirmed = models.PositiveIntegerField("已接单", default=0)
    confirm_seconds = models.BigIntegerField("接单用时（秒）", default=0)
    ratings = models.PositiveIntegerField("评价", default=0)
    stars = models.PositiveIntegerField("星数", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "订单汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "provider", "category", "district"],
                name="dashboards_orders_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.category}"


class DayFigures(Figures):
    """What happened on one day, in Shanghai; money in yuan, as the ledger's entries of the day say (V2)."""

    day = models.DateField("日期")
    applications = models.PositiveIntegerField("申领", default=0)
    issued = MoneyField("发放", default=0)
    reserved = MoneyField("下单", default=0)
    paid = MoneyField("支付", default=0)
    settled = MoneyField("兑现", default=0)
    returned = MoneyField("主动退回", default=0)
    reclaimed = MoneyField("系统收回", default=0)

    class Meta:
        verbose_name = verbose_name_plural = "按日汇总"
        constraints = [
            models.UniqueConstraint(
                fields=["programme", "district", "day"], name="dashboards_days_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.programme_id} {self.day}"


class CallList(models.TextChoices):
    """Whom a district calls today (N3)."""

    NOT_REGISTERED = "not-registered", "名单企业未注册"
    NOT_APPLIED = "not-applied", "具备资格未申领"
    LAPSING = "lapsing", "服务券即将失效"


class CallRecord(models.Model):
    """An enterprise was called about one of the lists; append-only, the newest record shows (N3).

    By credit code, for who has not registered is known by nothing else. ``note`` holds no personal data.
    """

    programme = models.ForeignKey(
        "vouchers.Programme", models.PROTECT, related_name="+", verbose_name="年度方案"
    )
    call_list = models.CharField("清单", max_length=14, choices=CallList.choices)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    # Whose call it was: a district sees its own district's calls only.
    district = models.ForeignKey(
        "regions.District", models.PROTECT, null=True, related_name="+", verbose_name="区"
    )
    note = models.CharField("联系情况", max_length=200, blank=True)
    called_at = models.DateTimeField("联系时间")
    called_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="联系人"
    )

    class Meta:
        verbose_name = verbose_name_plural = "联系记录"
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["programme", "call_list", "credit_code"], name="dashboards_call_of"
            )
        ]
        constraints = [
            models.CheckConstraint(
                name="dashboards_call_named",
                condition=~Q(credit_code=""),
            )
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.get_call_list_display()}"
