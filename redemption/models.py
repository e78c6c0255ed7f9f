"""Claims and their lines, expert opinions, publicity, objections and settlements (section 8)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from foundation.money import MoneyField, spoken_money
from foundation.personal_data import EncryptedField
from redemption.states import ClaimState, LineState, ObjectionState


class PublicityList(models.Model):
    """Approved claims put on public view for the programme's publicity period (R4)."""

    programme = models.ForeignKey(
        "vouchers.Programme", models.PROTECT, related_name="+", verbose_name="年度方案"
    )
    published_at = models.DateTimeField("公示时间")
    published_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="公示人"
    )
    # Set by a job when the period and every objection are over; the clock decides, this only makes it visible.
    closed_at = models.DateTimeField("公示结束处理时间", null=True)

    class Meta:
        verbose_name = "兑现公示"
        verbose_name_plural = "兑现公示"
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.programme}兑现公示 {self.pk}"


class Claim(models.Model):
    """A provider's claim for accepted orders of one programme (R1).

    ``form_scan`` is the stamped 兑现申请表, ``detail_scan`` the stamped 使用情况明细汇总表.
    """

    programme = models.ForeignKey(
        "vouchers.Programme", models.PROTECT, related_name="+", verbose_name="年度方案"
    )
    provider = models.ForeignKey(
        "providers.Provider", models.PROTECT, related_name="claims", verbose_name="服务机构"
    )
    state = models.CharField(
        "状态", max_length=14, choices=ClaimState.choices, default=ClaimState.DRAFT
    )
    form_scan = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="兑现申请表扫描件",
    )
    detail_scan = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="明细汇总表扫描件",
    )
    prepared_at = models.DateTimeField("创建时间")
    prepared_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="制单人"
    )
    submitted_at = models.DateTimeField("提交时间", null=True)
    first_reviewed_at = models.DateTimeField("初审时间", null=True)
    first_reviewed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="初审人"
    )
    # Why the bureau sent it back to first review; empty again when that review ends.
    sent_back_reason = models.TextField("退回初审原因", blank=True)
    approved_at = models.DateTimeField("审定时间", null=True)
    approved_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="审定人"
    )
    publicity = models.ForeignKey(
        PublicityList, models.PROTECT, null=True, related_name="claims", verbose_name="公示名单"
    )
    settled_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        verbose_name = "兑现申请"
        verbose_name_plural = "兑现申请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="redemption_submitted_has_scans",
                condition=Q(state__in=["draft", "given_up"])
                | Q(form_scan__isnull=False, detail_scan__isnull=False, submitted_at__isnull=False),
            ),
            models.CheckConstraint(
                name="redemption_approved_by_another",
                condition=Q(approved_by__isnull=True)
                | Q(first_reviewed_by__isnull=False)
                & ~Q(approved_by=models.F("first_reviewed_by"))
                & ~Q(approved_by=models.F("prepared_by")),
            ),
            models.CheckConstraint(
                name="redemption_approved_by_whom_and_when",
                condition=Q(
                    state__in=["approved", "published", "settled"],
                    approved_at__isnull=False,
                    approved_by__isnull=False,
                )
                | ~Q(state__in=["approved", "published", "settled"])
                & Q(approved_at__isnull=True, approved_by__isnull=True),
            ),
            models.CheckConstraint(
                name="redemption_published_on_a_list",
                condition=Q(state__in=["published", "settled"], publicity__isnull=False)
                | ~Q(state__in=["published", "settled"]) & Q(publicity__isnull=True),
            ),
            models.CheckConstraint(
                name="redemption_settled_has_moment",
                condition=Q(state="settled", settled_at__isnull=False)
                | ~Q(state="settled") & Q(settled_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The claim's number as shown to people."""
        return f"DX{self.pk:06d}"


class Settlement(models.Model):
    """A payment made outside the portal for passed lines of a claim, with the bank's receipt (R5)."""

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="settlements", verbose_name="兑现申请"
    )
    amount = MoneyField("拨付金额（元）")
    paid_on = models.DateField("拨付日期")
    receipt_number = models.CharField("银行回单号", max_length=60, unique=True)
    receipt = models.ForeignKey(
        "documents.Document", models.PROTECT, related_name="+", verbose_name="银行回单"
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = "拨付"
        verbose_name_plural = "拨付"
        constraints = [
            models.CheckConstraint(name="redemption_settlement_amount", condition=Q(amount__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.claim} {spoken_money(self.amount)}"


class ClaimLine(models.Model):
    """One accepted order in a claim; an order is in at most one live claim (R1)."""

    claim = models.ForeignKey(Claim, models.PROTECT, related_name="lines", verbose_name="兑现申请")
    order = models.ForeignKey(
        "orders.Order", models.PROTECT, related_name="claim_lines", verbose_name="订单"
    )
    amount = MoneyField("申请兑现金额（元）")
    state = models.CharField(
        "状态", max_length=10, choices=LineState.choices, default=LineState.PENDING
    )
    reason = models.TextField("原因", blank=True)
    reviewed_at = models.DateTimeField("审核时间", null=True)
    reviewed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )
    settlement = models.ForeignKey(
        Settlement, models.PROTECT, null=True, related_name="lines", verbose_name="拨付"
    )

    class Meta:
        verbose_name = "兑现明细"
        verbose_name_plural = "兑现明细"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=~Q(state="given_up"),
                name="redemption_order_in_one_live_claim",
            ),
            models.CheckConstraint(name="redemption_line_amount", condition=Q(amount__gt=0)),
            models.CheckConstraint(
                name="redemption_settled_has_settlement",
                condition=Q(state="settled", settlement__isnull=False)
                | ~Q(state="settled") & Q(settlement__isnull=True),
            ),
            models.CheckConstraint(
                name="redemption_refused_says_why",
                condition=~Q(state__in=["disallowed", "more_asked"]) | ~Q(reason=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.order}"


class Supplement(models.Model):
    """One request for more on a line, and what the provider answered; every round is kept (R2, R6)."""

    line = models.ForeignKey(
        ClaimLine, models.PROTECT, related_name="supplements", verbose_name="兑现明细"
    )
    asked_at = models.DateTimeField("要求补充时间")
    asked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="要求补充人"
    )
    reason = models.TextField("需要补充的内容")
    answered_at = models.DateTimeField("补充时间", null=True)
    taken_back_at = models.DateTimeField("收回时间", null=True)
    answer = models.TextField("补充说明", blank=True)
    document = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="补充材料",
    )

    class Meta:
        verbose_name = "补充材料"
        verbose_name_plural = "补充材料"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(answered_at__isnull=True, taken_back_at__isnull=True),
                name="redemption_one_open_request",
            ),
            models.CheckConstraint(
                name="redemption_supplement_answered",
                condition=~Q(reason="")
                & (
                    Q(answered_at__isnull=True, answer="", document__isnull=True)
                    | Q(answered_at__isnull=False, taken_back_at__isnull=True) & ~Q(answer="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.line} 补充"


class Involvement(models.Model):
    """Who had a hand in a claim before the bureau's approval; kept for four eyes (R3).

    A line remembers only its last reviewer, and an account may change hands; the person of each act is kept here.
    """

    class Part(models.TextChoices):
        PREPARED = "prepared", "制单"
        REVIEWED = "reviewed", "初审"
        ADVISED = "advised", "专家意见"
        APPROVED = "approved", "审定"

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="involvements", verbose_name="兑现申请"
    )
    account = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="账号"
    )
    person = models.ForeignKey(
        "accounts.Person", models.PROTECT, null=True, related_name="+", verbose_name="人员"
    )
    part = models.CharField("环节", max_length=8, choices=Part.choices)
    first_at = models.DateTimeField("首次经手时间")

    class Meta:
        verbose_name = "经手记录"
        verbose_name_plural = "经手记录"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["claim", "account", "person", "part"], name="redemption_involvement_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.get_part_display()}"


class ExpertOpinion(models.Model):
    """An expert assigned to a claim, and the opinion once given (R2)."""

    class Advice(models.TextChoices):
        SUPPORT = "support", "建议通过"
        DOUBT = "doubt", "存在疑问"
        OPPOSE = "oppose", "建议不予兑现"

    claim = models.ForeignKey(
        Claim, models.PROTECT, related_name="opinions", verbose_name="兑现申请"
    )
    expert = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="opinions", verbose_name="专家"
    )
    assigned_at = models.DateTimeField("分派时间")
    assigned_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="分派人"
    )
    advice = models.CharField("意见", max_length=8, choices=Advice.choices, blank=True)
    text = models.TextField("意见说明", blank=True)
    given_at = models.DateTimeField("提交时间", null=True)

    class Meta:
        verbose_name = "专家意见"
        verbose_name_plural = "专家意见"
        constraints = [
            models.UniqueConstraint(fields=["claim", "expert"], name="redemption_expert_once"),
            models.CheckConstraint(
                name="redemption_opinion_given",
                condition=Q(given_at__isnull=True, advice="", text="")
                | Q(given_at__isnull=False) & ~Q(advice="") & ~Q(text=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.claim} {self.expert}"


class Objection(models.Model):
    """An objection (复核申请) to a published line, filed by anyone and followed by receipt number (R4)."""

    line = models.ForeignKey(
        ClaimLine, models.PROTECT, related_name="objections", verbose_name="兑现明细"
    )
    receipt = models.CharField("回执号", max_length=20, unique=True)
    name = models.CharField("姓名或单位", max_length=120)
    contact = EncryptedField("联系方式")
    statement = models.TextField("异议内容")
    evidence = models.ManyToManyField(
        "documents.Document", related_name="+", blank=True, verbose_name="证据材料"
    )
    state = models.CharField(
        "状态", max_length=8, choices=ObjectionState.choices, default=ObjectionState.FILED
    )
    filed_at = models.DateTimeField("提出时间")
    # Usually nobody: the form needs no login. Kept so that one does not answer one's own objection.
    filed_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="提出账号"
    )
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="答复人"
    )
    answer = models.TextField("答复", blank=True)

    class Meta:
        verbose_name = "复核申请"
        verbose_name_plural = "复核申请"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="redemption_objection_answered",
                condition=Q(state="filed", answered_at__isnull=True)
                | ~Q(state="filed")
                & Q(answered_at__isnull=False, answered_by__isnull=False)
                & ~Q(answer=""),
            )
        ]

    def __str__(self) -> str:
        return self.receipt
