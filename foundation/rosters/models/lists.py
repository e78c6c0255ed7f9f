"""The lists themselves: directory, priority rosters, blacklist, relations, funded matters."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q


class Level(models.TextChoices):
    """Accreditation levels of service providers (P1)."""

    NATIONAL = "national", "国家级示范平台"
    PROVINCIAL = "provincial", "省级示范平台"
    MUNICIPAL = "municipal", "市级示范平台"
    STATION = "station", "市中小企业服务站"


class AccreditationQuerySet(models.QuerySet["Accreditation"]):
    """Filters over the directory (P1)."""

    def valid_on(self, day: date) -> AccreditationQuerySet:
        """Accreditations valid on ``day``; the first and the last day are both valid."""
        return self.filter(valid_from__lte=day, valid_until__gte=day)


class Accreditation(models.Model):
    """A line of the accreditation directory 名录 (P1)."""

    name = models.CharField("机构全称", max_length=120)
    name_key = models.CharField(max_length=120, editable=False, db_index=True)
    credit_code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="所在地市")
    level = models.CharField("级别", max_length=12, choices=Level.choices)
    service_types = models.JSONField("服务类型", default=list)
    recognised_year = models.PositiveSmallIntegerField("认定年度")
    valid_from = models.DateField("有效期起")
    valid_until = models.DateField("有效期止")

    objects = AccreditationQuerySet.as_manager()

    class Meta:
        verbose_name = "服务机构名录"
        verbose_name_plural = "服务机构名录"
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code", "level", "recognised_year"],
                name="rosters_accreditation_once",
            ),
            models.CheckConstraint(
                name="rosters_accreditation_period",
                condition=Q(valid_until__gte=F("valid_from")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.get_level_display()}）"

    @property
    def is_province_wide(self) -> bool:
        """National and provincial platforms serve every participating city (P3)."""
        return self.level in {Level.NATIONAL, Level.PROVINCIAL}


class PriorityCategory(models.TextChoices):
    """Categories of priority enterprises (E7)."""

    SPECIALISED = "specialised", "国家、省专精特新企业（含小巨人）"
    PROMOTED = "promoted", "上年度升规工业企业"
    FOSTERED = "fostered", "本年度拟培育升规工业企业"
    MONITORED = "monitored", "省生产经营运行监测企业"
    KEY_SMALL = "key_small", "重点规模以下工业企业"


class PriorityEntryQuerySet(models.QuerySet["PriorityEntry"]):
    """Filters over the priority rosters (E7)."""

    def counting_for(self, city_id: int, year: int) -> PriorityEntryQuerySet:
        """Entries that count for a city's programme of ``year``."""
        return self.filter(city_id=city_id, year=year)


class PriorityEntry(models.Model):
    """An enterprise on a priority roster; ``year`` is the programme year it counts for (E7)."""

    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    year = models.PositiveSmallIntegerField("适用年度")
    category = models.CharField("类别", max_length=12, choices=PriorityCategory.choices)
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("企业名称", max_length=120, blank=True)

    objects = PriorityEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "优先补助名单"
        verbose_name_plural = "优先补助名单"
        constraints = [
            models.UniqueConstraint(
                fields=["credit_code", "city", "year", "category"], name="rosters_priority"
            )
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.get_category_display()}"


class BlacklistEntryQuerySet(models.QuerySet["BlacklistEntry"]):
    """Filters over the blacklist (E5)."""

    def in_force(self, day: date) -> BlacklistEntryQuerySet:
        """Entries that bar on ``day``: the day of listing bars, the day of lifting is free."""
        return self.filter(Q(lifted_on__isnull=True) | Q(lifted_on__gt=day), listed_on__lte=day)


class BlacklistEntry(models.Model):
    """An organisation on the 失信联合惩戒 blacklist from ``listed_on``; free from ``lifted_on`` on.

    E5 asks it at every act, E8 fills it.
    """

    credit_code = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("名称", max_length=120, blank=True)
    reason = models.CharField("列入事由", max_length=300, blank=True)
    listed_on = models.DateField("列入日期")
    lifted_on = models.DateField("移出日期", null=True, blank=True)

    objects = BlacklistEntryQuerySet.as_manager()

    class Meta:
        verbose_name = "失信联合惩戒名单"
        verbose_name_plural = "失信联合惩戒名单"
        constraints = [
            models.UniqueConstraint(fields=["credit_code", "listed_on"], name="rosters_blacklist"),
            models.CheckConstraint(
                name="rosters_blacklist_period",
                condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("listed_on")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.name}"


class RelatedParty(models.Model):
    """A known investment or ownership relation of two organisations (O3); codes ascending."""

    code_a = models.CharField("信用代码一", max_length=18)
    code_b = models.CharField("信用代码二", max_length=18, db_index=True)
    source = models.CharField("来源", max_length=120, blank=True)

    class Meta:
        verbose_name = "关联关系"
        verbose_name_plural = "关联关系"
        constraints = [
            models.UniqueConstraint(fields=["code_a", "code_b"], name="rosters_related"),
            models.CheckConstraint(
                name="rosters_related_order", condition=Q(code_a__lt=F("code_b"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code_a} – {self.code_b}"


class FundedMatter(models.Model):
    """An invoice or contract already supported by other funds or an earlier year's voucher (O9)."""

    class Kind(models.TextChoices):
        INVOICE = "invoice", "发票"
        CONTRACT = "contract", "合同"

    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    number_key = models.CharField("编号", max_length=80)
    credit_code = models.CharField("企业信用代码", max_length=18, blank=True)
    source = models.CharField("资金来源", max_length=120)

    class Meta:
        verbose_name = "已获其他资金支持事项"
        verbose_name_plural = "已获其他资金支持事项"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "number_key", "credit_code"], name="rosters_funded_matter"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number_key}"
