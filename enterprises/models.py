"""Enterprises, the versions of their basic information, and their yearly qualification."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from enterprises.states import QualificationState
from foundation.personal_data import EncryptedField


class Industry(models.TextChoices):
    """The 16 industries of 工信部联企业〔2011〕300号 (E4)."""

    AGRICULTURE = "agriculture", "农、林、牧、渔业"
    MANUFACTURING = "manufacturing", "工业（采矿、制造、电力热力燃气及水）"
    CONSTRUCTION = "construction", "建筑业"
    WHOLESALE = "wholesale", "批发业"
    RETAIL = "retail", "零售业"
    TRANSPORT = "transport", "交通运输业（不含铁路）"
    WAREHOUSING = "warehousing", "仓储业"
    POST = "post", "邮政业"
    LODGING = "lodging", "住宿业"
    CATERING = "catering", "餐饮业"
    TELECOM = "telecom", "信息传输业"
    SOFTWARE = "software", "软件和信息技术服务业"
    REAL_ESTATE = "real_estate", "房地产开发经营"
    PROPERTY = "property", "物业管理"
    LEASING = "leasing", "租赁和商务服务业"
    OTHER = "other", "其他未列明行业"


class SizeClass(models.TextChoices):
    """Size classes of an enterprise (E4)."""

    MICRO = "micro", "微型"
    SMALL = "small", "小型"
    MEDIUM = "medium", "中型"
    LARGE = "large", "大型"


class Enterprise(models.Model):
    """An enterprise and its one account (E1).

    ``name`` repeats the newest submitted profile's name for lists and look-ups; empty before the first submission.
    """

    account = models.OneToOneField(
        "accounts.User", models.PROTECT, related_name="enterprise", verbose_name="账号"
    )
    # The index below serves it.
    city = models.ForeignKey(
        "regions.City", models.PROTECT, verbose_name="注册地市", db_index=False
    )
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("企业名称", max_length=120)
    created_at = models.DateTimeField("注册时间")

    class Meta:
        verbose_name = "企业"
        verbose_name_plural = "企业"
        # A city's enterprises in order, for lists of a page at a time.
        indexes = [models.Index(fields=["city", "id"], name="enterprises_of_city")]

    def __str__(self) -> str:
        return self.name or self.credit_code


class Profile(models.Model):
    """One version of the basic information (E2). ``frozen_at``: submitted once, never changes again (E6).

    Capital, revenue and assets are in 万元. ``size_class`` is computed from the figures, never typed (E4).
    ``figures_year``: the year that revenue and assets are of, null in a version carried over from an earlier year
    until the enterprise has confirmed its figures.
    """

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="profiles", verbose_name="企业"
    )
    version = models.PositiveSmallIntegerField("版本")
    frozen_at = models.DateTimeField("定稿时间", null=True)
    name = models.CharField("企业名称", max_length=120)
    legal_representative = models.CharField("法定代表人", max_length=60)
    legal_representative_id = EncryptedField(
        "法定代表人身份证号码", lookup="legal_representative_id_key"
    )
    legal_representative_id_key = models.CharField(max_length=64, editable=False)
    is_legal_person = models.BooleanField("具有独立法人资格")
    address = models.CharField("地址", max_length=200)
    district = models.ForeignKey("regions.District", models.PROTECT, verbose_name="所在区")
    registered_capital = models.DecimalField("注册资本（万元）", max_digits=14, decimal_places=2)
    founded_on = models.DateField("成立日期")
    industry = models.CharField("所属行业", max_length=14, choices=Industry.choices)
    employees = models.PositiveIntegerField("从业人员（人）")
    revenue = models.DecimalField("上年营业收入（万元）", max_digits=14, decimal_places=2)
    assets = models.DecimalField("上年资产总额（万元）", max_digits=14, decimal_places=2)
    figures_year = models.PositiveSmallIntegerField("经营数据年度", null=True, editable=False)
    size_class = models.CharField("规模", max_length=6, choices=SizeClass.choices, editable=False)
    handler = models.CharField("经办人", max_length=60)
    handler_id = EncryptedField("经办人身份证号码", lookup="handler_id_key")
    handler_id_key = models.CharField(max_length=64, editable=False)
    handler_mobile = EncryptedField("经办人手机")

    class Meta:
        verbose_name = "企业基本信息"
        verbose_name_plural = "企业基本信息"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "version"], name="enterprises_profile_version"
            ),
            models.CheckConstraint(
                name="enterprises_profile_figures",
                condition=Q(registered_capital__gte=0) & Q(revenue__gte=0) & Q(assets__gte=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class ProfileDraft(models.Model):
    """What stands in the form of E2 and has not been saved; no part of any file, and never read as data of one.

    ``content``: JSON of what was typed, by field, encrypted for the personal data in it (F5). One for an enterprise;
    ``year``: the year whose form it is.
    """

    enterprise = models.OneToOneField(
        Enterprise, models.PROTECT, related_name="draft", verbose_name="企业"
    )
    year = models.PositiveSmallIntegerField("年度")
    content = EncryptedField("填写内容")
    saved_at = models.DateTimeField("自动保存时间")

    class Meta:
        verbose_name = "未保存的填写内容"
        verbose_name_plural = "未保存的填写内容"

    def __str__(self) -> str:
        return f"{self.enterprise_id} {self.year}"


class ProofKind(models.TextChoices):
    """Which certificate proves last year's activity (E3)."""

    TAX = "tax", "上年度完税证明"
    SOCIAL_INSURANCE = "social_insurance", "社保缴费证明"


class Qualification(models.Model):
    """An enterprise's file for one programme year: data, materials, and the contractor's check (E3, E5, E6)."""

    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, related_name="qualifications", verbose_name="企业"
    )
    year = models.PositiveSmallIntegerField("年度")
    profile = models.ForeignKey(Profile, models.PROTECT, related_name="+", verbose_name="基本信息")
    state = models.CharField(
        "状态", max_length=10, choices=QualificationState.choices, default=QualificationState.DRAFT
    )
    licence = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="营业执照副本",
    )
    proof_kind = models.CharField("证明类别", max_length=16, choices=ProofKind.choices, blank=True)
    proof = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="完税或社保证明",
    )
    declaration = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="声明函",
    )
    declared_on = models.DateField("声明函日期", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="核对人"
    )

    class Meta:
        verbose_name = "企业年度资格"
        verbose_name_plural = "企业年度资格"
        constraints = [
            models.UniqueConstraint(
                fields=["enterprise", "year"], name="enterprises_qualification_year"
            ),
            models.CheckConstraint(
                name="enterprises_qualification_decided",
                condition=~Q(state="passed")
                | Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="enterprises_qualification_materials",
                condition=Q(state__in=["draft", "returned"])
                | Q(
                    licence__isnull=False,
                    proof__isnull=False,
                    declaration__isnull=False,
                    declared_on__isnull=False,
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise} {self.year}"


class QualificationRound(models.Model):
    """One round of submission and check, kept as it was (E6). ``item_reasons``: {item: reason} for a send-back."""

    qualification = models.ForeignKey(
        Qualification, models.PROTECT, related_name="rounds", verbose_name="年度资格"
    )
    number = models.PositiveSmallIntegerField("轮次")
    profile = models.ForeignKey(Profile, models.PROTECT, related_name="+", verbose_name="基本信息")
    licence = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    proof = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    proof_kind = models.CharField("证明类别", max_length=16, choices=ProofKind.choices, blank=True)
    declaration = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    declared_on = models.DateField("声明函日期", null=True)
    submitted_at = models.DateTimeField("提交时间")
    outcome = models.CharField(
        "结果", max_length=10, choices=QualificationState.choices, blank=True
    )
    item_reasons = models.JSONField("逐项原因", default=dict)
    reason = models.TextField("原因", blank=True)
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="核对人"
    )

    class Meta:
        verbose_name = "核对轮次"
        verbose_name_plural = "核对轮次"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["qualification", "number"], name="enterprises_round_number"
            )
        ]

    def __str__(self) -> str:
        return f"{self.qualification} 第 {self.number} 轮"
