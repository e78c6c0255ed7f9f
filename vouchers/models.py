"""Programmes, batches, applications, what ranking decided, vouchers and their ledger.

No column that ranking or a sweep changes stands in an index or in an index's condition, so that those updates
stay within their page; see docs/adr on mass jobs.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import models
from django.db.models import F, Q

from foundation.moments import end_of_day, local_day
from foundation.money import MoneyField, share_of, spoken_money
from vouchers.states import ApplicationState, BatchState, EntryKind, Outcome, Tier

SHARDS = (
    16  # rows over which a batch's demand is spread, so that submissions do not queue for one row
)


class Programme(models.Model):
    """One city's scheme for one year; every figure of the scheme is a field (G2)."""

    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    year = models.PositiveSmallIntegerField("年度")
    total_amount = MoneyField("发放总额（元）")
    enterprise_cap = MoneyField("每家企业年度限额（元）", default=Decimal(20000))
    subsidy_ratio = models.DecimalField(
        "补助比例", max_digits=5, decimal_places=4, default=Decimal("0.5")
    )
    provider_cap = MoneyField("单个机构收券上限（元）", default=Decimal(500000))
    provider_share = models.DecimalField(
        "单个机构收券占比上限", max_digits=5, decimal_places=4, default=Decimal("0.1")
    )
    usage_days = models.PositiveSmallIntegerField("使用期限（自然日）", default=30)
    service_from = models.DateField("服务期起")
    service_until = models.DateField("服务期止")
    publicity_days = models.PositiveSmallIntegerField("公示期（工作日）", default=5)
    application_step = MoneyField("申领金额步长（元）", default=Decimal(100))
    correction_days = models.PositiveSmallIntegerField("合同补正期限（工作日）", default=5)
    waiting_list = models.BooleanField("启用递补", default=False)
    created_at = models.DateTimeField("创建时间")

    class Meta:
        verbose_name = "年度方案"
        verbose_name_plural = "年度方案"
        ordering = ["-year", "city"]
        constraints = [
            models.UniqueConstraint(fields=["city", "year"], name="vouchers_programme_city_year"),
            models.CheckConstraint(
                name="vouchers_programme_figures",
                condition=Q(total_amount__gt=0)
                & Q(enterprise_cap__gt=0)
                & Q(subsidy_ratio__gt=0)
                & Q(subsidy_ratio__lte=1)
                & Q(provider_cap__gt=0)
                & Q(provider_share__gt=0)
                & Q(provider_share__lte=1)
                & Q(application_step__gt=0)
                & Q(service_until__gte=F("service_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年{self.city.name}中小微企业服务券"

    @property
    def acceptance_cap(self) -> Decimal:
        """What one provider may accept in this programme, yuan (P7)."""
        return min(self.provider_cap, share_of(self.total_amount, self.provider_share))


class Batch(models.Model):
    """One issue of vouchers (B1). ``opens_at`` and ``closes_at`` are the first and last moment in time."""

    programme = models.ForeignKey(
        Programme, models.PROTECT, related_name="batches", verbose_name="年度方案"
    )
    number = models.PositiveSmallIntegerField("批次")
    amount = MoneyField("发放金额（元）")
    opens_at = models.DateTimeField("申领开始")
    closes_at = models.DateTimeField("申领截止")
    valid_until = models.DateField("服务券有效期至")
    state = models.CharField(
        "状态", max_length=10, choices=BatchState.choices, default=BatchState.DRAFT
    )
    announced_at = models.DateTimeField("发布时间", null=True)
    ranked_at = models.DateTimeField("排序时间", null=True)
    published_at = models.DateTimeField("结果公布时间", null=True)
    # When a sweep has taken back what was free; an optimisation for the sweeper, the clock decides (V4, V5).
    window_swept_at = models.DateTimeField(null=True, editable=False)
    expiry_swept_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        verbose_name = "发券批次"
        verbose_name_plural = "发券批次"
        ordering = ["-opens_at"]
        constraints = [
            models.UniqueConstraint(fields=["programme", "number"], name="vouchers_batch_number"),
            models.CheckConstraint(
                name="vouchers_batch_figures",
                condition=Q(amount__gt=0) & Q(closes_at__gt=F("opens_at")),
            ),
            models.CheckConstraint(
                name="vouchers_batch_moments",
                condition=Q(state__in=["draft", "cancelled"])
                | Q(state="announced", announced_at__isnull=False, ranked_at__isnull=True)
                | Q(state="ranked", ranked_at__isnull=False, published_at__isnull=True)
                | Q(state="published", ranked_at__isnull=False, published_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.programme}第 {self.number} 批"

    def is_open(self, at: datetime) -> bool:
        """Whether an application that arrives ``at`` is in time (B2); the deadline moment itself is."""
        return self.announced_at is not None and self.opens_at <= at <= self.closes_at

    @property
    def closing_day(self) -> date:
        """The day from which results and the usage window are counted."""
        return local_day(self.closes_at)

    @property
    def usage_ends_at(self) -> datetime:
        """The last moment to place an order and upload its contract (V4)."""
        return end_of_day(self.closing_day + timedelta(days=self.programme.usage_days))

    @property
    def expires_at(self) -> datetime:
        """The last moment to pay with the vouchers of this batch (V5)."""
        return end_of_day(self.valid_until)


class DemandShard(models.Model):
    """A part of a batch's committed demand; the sum over the shards is a lower bound at any moment (B4)."""

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="shards")
    shard = models.PositiveSmallIntegerField()
    priority_amount = MoneyField(default=0)
    other_amount = MoneyField(default=0)

    class Meta:
        verbose_name = "申领需求"
        verbose_name_plural = "申领需求"
        constraints = [
            models.UniqueConstraint(fields=["batch", "shard"], name="vouchers_shard"),
            models.CheckConstraint(
                name="vouchers_shard_not_negative",
                condition=Q(priority_amount__gte=0) & Q(other_amount__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.shard}"


class EnterpriseAllowance(models.Model):
    """An enterprise's yearly cap in one programme and what counts against it (B3).

    ``applied``: live applications; ``received``: vouchers issued; ``returned``: voluntarily returned.
    ``cap`` repeats the programme's figure so that the database can hold the line itself.
    """

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="+")
    enterprise = models.ForeignKey(
        "enterprises.Enterprise", models.PROTECT, related_name="allowances"
    )
    cap = MoneyField("年度限额")
    applied = MoneyField("申领中", default=0)
    received = MoneyField("已获券", default=0)
    returned = MoneyField("主动退回", default=0)

    class Meta:
        verbose_name = "企业年度额度"
        verbose_name_plural = "企业年度额度"
        constraints = [
            models.UniqueConstraint(fields=["enterprise", "programme"], name="vouchers_allowance"),
            models.CheckConstraint(
                name="vouchers_allowance_within_cap",
                condition=Q(applied__gte=0)
                & Q(received__gte=0)
                & Q(returned__gte=0)
                & Q(returned__lte=F("received"))
                & Q(cap__gte=F("applied") + F("received") - F("returned")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.programme_id}"

    @property
    def left(self) -> Decimal:
        """What may still be applied for this year, yuan."""
        return self.cap - self.applied - self.received + self.returned


class Application(models.Model):
    """One application for a batch. The primary key is the place in line (B5)."""

    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="applications", verbose_name="批次"
    )
    enterprise = models.ForeignKey(
        "enterprises.Enterprise", models.PROTECT, related_name="applications", verbose_name="企业"
    )
    # Nobody comes from a profile to its applications: without an index for it, the rush has one less to write.
    profile = models.ForeignKey(
        "enterprises.Profile",
        models.PROTECT,
        related_name="+",
        verbose_name="申领时信息",
        db_index=False,
    )
    amount = MoneyField("申领金额（元）")
    counted_tier = models.CharField("申领时档次", max_length=1, choices=Tier.choices)
    state = models.CharField(
        "状态", max_length=10, choices=ApplicationState.choices, default=ApplicationState.SUBMITTED
    )
    submitted_at = models.DateTimeField("提交时间")
    withdrawn_at = models.DateTimeField("撤回时间", null=True)

    class Meta:
        verbose_name = "申领"
        verbose_name_plural = "申领"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "enterprise"],
                condition=Q(withdrawn_at__isnull=True),
                name="vouchers_one_live_application",
            ),
            models.CheckConstraint(name="vouchers_application_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="vouchers_application_withdrawn",
                condition=Q(state="submitted", withdrawn_at__isnull=True)
                | Q(state="withdrawn", withdrawn_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The receipt number shown to the enterprise."""
        return f"SL{self.pk:09d}"


class Allocation(models.Model):
    """What was decided about an application in one round; never changes afterwards (B6, B9).

    Round 0 is the ranking of the closed batch; later rounds are grants from the waiting list.
    """

    application = models.ForeignKey(
        Application, models.PROTECT, related_name="allocations", verbose_name="申领"
    )
    round = models.PositiveSmallIntegerField("轮次", default=0)
    rank = models.PositiveIntegerField("排名")
    tier = models.CharField("档次", max_length=1, choices=Tier.choices)
    granted = MoneyField("获券金额（元）")
    outcome = models.CharField("结果", max_length=12, choices=Outcome.choices)
    reason = models.CharField("原因", max_length=60, blank=True)

    class Meta:
        verbose_name = "排序结果"
        verbose_name_plural = "排序结果"
        constraints = [
            models.UniqueConstraint(
                fields=["application", "round"], name="vouchers_allocation_round"
            ),
            models.CheckConstraint(
                name="vouchers_allocation_granted",
                condition=Q(granted__gt=0, outcome__in=["granted", "partial"])
                | Q(granted=0, outcome__in=["not_granted", "passed_over"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application_id} 第 {self.rank} 名"


class ResultList(models.Model):
    """A published list of results; ``digest`` is the SHA-256 of its canonical download (B8).

    ``waiting_list``: whether the programme had it switched on then, so that the download never changes (B9).
    """

    batch = models.ForeignKey(
        Batch, models.PROTECT, related_name="result_lists", verbose_name="批次"
    )
    round = models.PositiveSmallIntegerField("轮次", default=0)
    amount = MoneyField("本轮可发金额（元）")
    waiting_list = models.BooleanField("启用递补", default=False)
    published_at = models.DateTimeField("公布时间")
    digest = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = "结果名单"
        verbose_name_plural = "结果名单"
        constraints = [
            models.UniqueConstraint(fields=["batch", "round"], name="vouchers_result_list")
        ]

    def __str__(self) -> str:
        return f"{self.batch} 第 {self.round} 轮"


class Voucher(models.Model):
    """A voucher of one enterprise (V1). Every yuan of ``amount`` is in exactly one of the seven places (V2)."""

    number = models.BigIntegerField("券号", unique=True)
    batch = models.ForeignKey(Batch, models.PROTECT, related_name="vouchers", verbose_name="批次")
    enterprise = models.ForeignKey(
        "enterprises.Enterprise", models.PROTECT, related_name="vouchers", verbose_name="企业"
    )
    allocation = models.OneToOneField(
        Allocation, models.PROTECT, related_name="voucher", verbose_name="排序结果"
    )
    issued_at = models.DateTimeField("发放时间")
    amount = MoneyField("面额（元）")
    free = MoneyField("可用（元）")
    reserved = MoneyField("下单预留（元）", default=0)
    paid = MoneyField("已支付（元）", default=0)
    settled = MoneyField("已兑现（元）", default=0)
    disallowed = MoneyField("不予兑现（元）", default=0)
    returned = MoneyField("主动退回（元）", default=0)
    reclaimed = MoneyField("系统收回（元）", default=0)

    class Meta:
        verbose_name = "服务券"
        verbose_name_plural = "服务券"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="vouchers_every_yuan_in_one_place",
                condition=Q(
                    amount=F("free")
                    + F("reserved")
                    + F("paid")
                    + F("settled")
                    + F("disallowed")
                    + F("returned")
                    + F("reclaimed")
                ),
            ),
            models.CheckConstraint(
                name="vouchers_no_negative_place",
                condition=Q(amount__gt=0)
                & Q(free__gte=0)
                & Q(reserved__gte=0)
                & Q(paid__gte=0)
                & Q(settled__gte=0)
                & Q(disallowed__gte=0)
                & Q(returned__gte=0)
                & Q(reclaimed__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.number)


class LedgerEntry(models.Model):
    """One movement of voucher money, append-only (V2). ``amount`` is positive; ``kind`` says from where to where.

    ``reference`` names what moved it, for instance "order:17".
    """

    voucher = models.ForeignKey(
        Voucher, models.PROTECT, related_name="entries", verbose_name="服务券"
    )
    kind = models.CharField("类别", max_length=8, choices=EntryKind.choices)
    amount = MoneyField("金额（元）")
    at = models.DateTimeField("时间")
    provider = models.ForeignKey(
        "providers.Provider", models.PROTECT, null=True, related_name="+", verbose_name="服务机构"
    )
    reference = models.CharField("事由", max_length=40)

    class Meta:
        verbose_name = "台账"
        verbose_name_plural = "台账"
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="vouchers_entry_amount", condition=Q(amount__gt=0))
        ]
        # What one kind of movement came to in a week (dashboards).
        indexes = [models.Index(fields=["kind", "at", "id"], name="vouchers_entry_kind_at_id")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {spoken_money(self.amount)}"
