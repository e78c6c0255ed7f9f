"""Service providers, their products, and every version of a product."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from foundation.money import MoneyField
from foundation.personal_data import EncryptedField, mask_id_number, mask_mobile
from providers.states import ChangeState, ProductState, ProviderState


class Provider(models.Model):
    """An accredited institution and its one account (P1, P2)."""

    account = models.OneToOneField(
        "accounts.User", models.PROTECT, related_name="provider", verbose_name="账号"
    )
    accreditation = models.ForeignKey(
        "rosters.Accreditation", models.PROTECT, related_name="providers", verbose_name="认定"
    )
    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="所在地市")
    credit_code = models.CharField("统一社会信用代码", max_length=18, unique=True)
    name = models.CharField("机构名称", max_length=120)
    legal_representative = models.CharField("法定代表人", max_length=60)
    legal_representative_id = EncryptedField(
        "法定代表人身份证号码", lookup="legal_representative_id_key"
    )
    legal_representative_id_key = models.CharField(max_length=64, editable=False)
    contact = models.CharField("联系人", max_length=60)
    contact_id = EncryptedField("联系人身份证号码", lookup="contact_id_key")
    contact_id_key = models.CharField(max_length=64, editable=False)
    contact_mobile = EncryptedField("联系人手机")
    address = models.CharField("地址", max_length=200)
    introduction = models.TextField("机构简介", blank=True)
    bank_name = models.CharField("开户银行", max_length=120)
    bank_account = EncryptedField("银行账号")
    state = models.CharField(
        "状态", max_length=10, choices=ProviderState.choices, default=ProviderState.DRAFT
    )
    licence = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="营业执照副本",
    )
    commitment = models.ForeignKey(
        "documents.Document",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="服务机构承诺书",
    )
    committed_on = models.DateField("承诺书日期", null=True, blank=True)
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="核对人"
    )

    class Meta:
        verbose_name = "服务机构"
        verbose_name_plural = "服务机构"
        constraints = [
            models.CheckConstraint(
                name="providers_approved_is_checked",
                condition=~Q(state="approved")
                | Q(
                    decided_by__isnull=False,
                    licence__isnull=False,
                    commitment__isnull=False,
                    committed_on__isnull=False,
                ),
            )
        ]

    def __str__(self) -> str:
        return self.name


class ProviderRound(models.Model):
    """One round of a provider's registration check, kept as it was (P2).

    ``details``: what was handed in, without ID numbers, phone numbers and the bank account (F5).
    """

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="rounds", verbose_name="服务机构"
    )
    number = models.PositiveSmallIntegerField("轮次")
    licence = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    commitment = models.ForeignKey("documents.Document", models.PROTECT, related_name="+")
    committed_on = models.DateField("承诺书日期")
    details = models.JSONField("注册信息", default=dict)
    submitted_at = models.DateTimeField("提交时间")
    outcome = models.CharField("结果", max_length=10, choices=ProviderState.choices, blank=True)
    item_reasons = models.JSONField("逐项原因", default=dict)
    reason = models.TextField("原因", blank=True)
    decided_at = models.DateTimeField("核对时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="核对人"
    )

    class Meta:
        verbose_name = "机构核对轮次"
        verbose_name_plural = "机构核对轮次"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="providers_round_number")
        ]

    def __str__(self) -> str:
        return f"{self.provider} 第 {self.number} 轮"


class ChangeRequest(models.Model):
    """A request to change an approved provider's name, user or contact, with materials (P2).

    ``changes``: {field: new value} for name, contact, address and user name; a new contact's ID number and mobile
    are personal data and live in their own encrypted columns.
    """

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="change_requests", verbose_name="服务机构"
    )
    changes = models.JSONField("变更内容", default=dict)
    contact_id = EncryptedField("新联系人身份证号码", blank=True)
    contact_mobile = EncryptedField("新联系人手机", blank=True)
    materials = models.ManyToManyField(
        "documents.Document", related_name="+", verbose_name="证明材料"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ChangeState.choices, default=ChangeState.SUBMITTED
    )
    reason = models.TextField("原因", blank=True)
    submitted_at = models.DateTimeField("提交时间")
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )

    class Meta:
        verbose_name = "机构变更申请"
        verbose_name_plural = "机构变更申请"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["provider"],
                condition=Q(state="submitted"),
                name="providers_one_open_change",
            ),
            models.CheckConstraint(
                name="providers_change_decided",
                condition=Q(state="submitted", decided_at__isnull=True, decided_by__isnull=True)
                | ~Q(state="submitted") & Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} 变更 #{self.pk}"

    def masked_personal_changes(self) -> list[tuple[str, str]]:
        """What changes of the contact's personal data, as (label, masked value) (F5)."""
        lines = [
            ("联系人身份证号码", mask_id_number(self.contact_id)),
            ("联系人手机", mask_mobile(self.contact_mobile)),
        ]
        return [(label, value) for label, value in lines if value]


class Category(models.TextChoices):
    """The five service categories of the work plan 三（二） (P4)."""

    INFORMATION = "information", "信息服务"
    TECHNOLOGY = "technology", "技术服务"
    STARTUP = "startup", "创业服务"
    TRAINING = "training", "培训服务"
    FINANCING = "financing", "融资服务"


class Product(models.Model):
    """A product; what it says is in its versions. ``current`` is the version on sale, if any (P6)."""

    provider = models.ForeignKey(
        Provider, models.PROTECT, related_name="products", verbose_name="服务机构"
    )
    current = models.OneToOneField(
        "ProductVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="在售版本",
    )
    created_at = models.DateTimeField("创建时间")

    class Meta:
        verbose_name = "服务产品"
        verbose_name_plural = "服务产品"

    def __str__(self) -> str:
        return f"产品 {self.pk}"


class PriceKind(models.TextChoices):
    """One price, or a range with what each price buys (P5)."""

    FIXED = "fixed", "固定价"
    RANGE = "range", "区间价"


class PriceBasis(models.TextChoices):
    """What the price rests on (P5)."""

    GUIDANCE = "guidance", "政府或行业协会指导价"
    MARKET = "market", "市场同类产品比价"
    COSTING = "costing", "企业内部定价依据"


class DeliveryKind(models.TextChoices):
    """The kinds of service for which the manual asks particular history materials (P5)."""

    REPORT = "report", "专项报告及专项咨询"
    DAILY = "daily", "日常服务"
    SYSTEM = "system", "信息系统建设"
    APPLICATION = "application", "信息应用"
    INTELLECTUAL_PROPERTY = "ip", "知识产权代理"
    TRAINING = "training", "培训服务"
    OTHER = "other", "其他服务"


class ProductVersion(models.Model):
    """One version of a product, unchanging once submitted; an order keeps the version it was placed on (P5, P6).

    ``basis`` by price basis: guidance {document_number, issuer}; market {comparisons: [{provider, price}]};
    costing {cost, profit, tax}. Empty ``target_sizes`` or ``target_industries`` means all.
    """

    product = models.ForeignKey(
        Product, models.PROTECT, related_name="versions", verbose_name="产品"
    )
    version = models.PositiveSmallIntegerField("版本")
    state = models.CharField(
        "状态", max_length=10, choices=ProductState.choices, default=ProductState.DRAFT
    )
    name = models.CharField("产品名称", max_length=80)
    category = models.CharField("类别", max_length=12, choices=Category.choices)
    service_type = models.CharField("服务类型", max_length=40)
    cities = models.ManyToManyField("regions.City", verbose_name="服务区域", related_name="+")
    target_sizes = models.JSONField("服务对象规模", default=list, blank=True)
    target_industries = models.JSONField("服务对象行业", default=list, blank=True)
    overview = models.TextField("服务概述")
    process = models.TextField("服务流程")
    cycle = models.CharField("服务周期", max_length=120)
    results = models.TextField("服务成果")
    acceptance = models.TextField("验收标准")
    has_sub_products = models.BooleanField("包含多个子产品", default=False)
    price_kind = models.CharField("价格形式", max_length=6, choices=PriceKind.choices)
    price_min = MoneyField("价格（元）")
    price_max = MoneyField("最高价格（元）")
    price_basis = models.CharField("收费标准", max_length=10, choices=PriceBasis.choices)
    basis = models.JSONField("定价依据", default=dict)
    delivery_kind = models.CharField("历史材料类别", max_length=12, choices=DeliveryKind.choices)
    created_at = models.DateTimeField("创建时间")
    submitted_at = models.DateTimeField("提交时间", null=True)
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="审核人"
    )
    item_reasons = models.JSONField("逐项原因", default=dict)
    reason = models.TextField("原因", blank=True)

    class Meta:
        verbose_name = "产品版本"
        verbose_name_plural = "产品版本"
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["product", "version"], name="providers_version_number"),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(state="published"),
                name="providers_one_version_on_sale",
            ),
            models.UniqueConstraint(
                fields=["product"],
                condition=Q(state__in=["draft", "in_review", "returned"]),
                name="providers_one_open_version",
            ),
            models.CheckConstraint(
                name="providers_version_price",
                condition=Q(price_min__gt=0)
                & Q(price_max__gte=F("price_min"))
                & (~Q(price_kind="fixed") | Q(price_max=F("price_min"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"


class PriceTier(models.Model):
    """What one price of a range buys (P5)."""

    version = models.ForeignKey(
        ProductVersion, models.PROTECT, related_name="tiers", verbose_name="产品版本"
    )
    position = models.PositiveSmallIntegerField("序号")
    price = MoneyField("价格（元）")
    buys = models.CharField("服务内容", max_length=200)

    class Meta:
        verbose_name = "价格档"
        verbose_name_plural = "价格档"
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["version", "position"], name="providers_tier_position"),
            models.CheckConstraint(name="providers_tier_price", condition=Q(price__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.price} {self.buys}"


class EvidenceKind(models.TextChoices):
    """What a product's file proves (P5)."""

    QUALIFICATION = "qualification", "服务资质证明"
    PRICE_BASIS = "price_basis", "定价依据证明"
    CONTRACT = "contract", "历史合同"
    INVOICE = "invoice", "历史发票"
    RESULT = "result", "历史成果"
    REPORT = "report", "完整报告或节选"
    SERVICE_RECORD = "service_record", "服务过程记录"
    SCREENSHOT = "screenshot", "界面截图"
    ACCEPTANCE = "acceptance", "验收或评价报告"
    IP_NOTICE = "ip_notice", "知识产权受理通知书"
    TRAINING_SET = "training_set", "培训材料（计划、大纲、课件、照片、签到表）"


HISTORY_KINDS = (EvidenceKind.CONTRACT, EvidenceKind.INVOICE, EvidenceKind.RESULT)
SETS_MAX = 5


class Evidence(models.Model):
    """A file of a product version, one of a kind (F1); history materials come in sets from 1, else set 0 (P5)."""

    version = models.ForeignKey(
        ProductVersion, models.PROTECT, related_name="evidence", verbose_name="产品版本"
    )
    kind = models.CharField("材料类别", max_length=16, choices=EvidenceKind.choices)
    set_number = models.PositiveSmallIntegerField("第几套", default=0)
    document = models.ForeignKey(
        "documents.Document", models.PROTECT, related_name="+", verbose_name="文件"
    )

    class Meta:
        verbose_name = "产品材料"
        verbose_name_plural = "产品材料"
        ordering = ["set_number", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "kind", "set_number"], name="providers_evidence_one_of_a_kind"
            ),
            models.CheckConstraint(
                name="providers_evidence_set",
                condition=Q(kind__in=HISTORY_KINDS, set_number__gte=1, set_number__lte=SETS_MAX)
                | ~Q(kind__in=HISTORY_KINDS) & Q(set_number=0),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.set_number}"
