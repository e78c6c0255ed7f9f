"""Violations, and what the bureau decided about them (S1)."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from foundation.moments import local_day
from foundation.money import MoneyField
from foundation.rosters.states import ViolationState


class Violation(models.Model):
    """A violation by an enterprise or provider, reported by the contractor with evidence (S1)."""

    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    credit_code = models.CharField("统一社会信用代码", max_length=18)
    party_name = models.CharField("单位名称", max_length=120)
    description = models.TextField("违规情况")
    evidence = models.ManyToManyField(
        "documents.Document", verbose_name="证据材料", related_name="+"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ViolationState.choices, default=ViolationState.REPORTED
    )
    reported_at = models.DateTimeField("报告时间")
    reported_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="报告人"
    )
    decided_at = models.DateTimeField("决定时间", null=True)
    decided_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="决定人"
    )
    decision_reason = models.TextField("决定理由", blank=True)

    class Meta:
        verbose_name = "违规报告"
        verbose_name_plural = "违规报告"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="rosters_violation_decided",
                condition=Q(decided_at__isnull=True, decided_by__isnull=True, state="reported")
                | Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(state="reported"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.party_name} {local_day(self.reported_at)}"


class Measure(models.TextChoices):
    """What the bureau may decide about a violation (S1); a warning stops nothing."""

    WARNING = "warning", "警告"
    SUSPENSION = "suspension", "暂停资格"
    DISQUALIFICATION = "disqualification", "取消领券（收券）资格"


class SanctionQuerySet(models.QuerySet["Sanction"]):
    """Filters over sanctions (S1)."""

    def in_force(self, at: datetime) -> SanctionQuerySet:
        """Sanctions that stop something at ``at``; a warning never does, the last day does."""
        return self.exclude(measure=Measure.WARNING).filter(
            Q(lifted_at__isnull=True) | Q(lifted_at__gt=at),
            Q(until__isnull=True) | Q(until__gte=local_day(at)),
            from_at__lte=at,
        )


class Sanction(models.Model):
    """A measure in one city from ``from_at`` on; a suspension lasts through ``until`` (S1)."""

    violation = models.OneToOneField(
        Violation, models.PROTECT, related_name="sanction", verbose_name="违规报告"
    )
    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    credit_code = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    measure = models.CharField("处理措施", max_length=16, choices=Measure.choices)
    from_at = models.DateTimeField("生效时间")
    until = models.DateField("暂停至", null=True, blank=True)
    money_to_recover = MoneyField("应追回金额（元）", default=0)
    money_recovered = MoneyField("已追回金额（元）", default=0)
    lifted_at = models.DateTimeField("解除时间", null=True, blank=True)

    objects = SanctionQuerySet.as_manager()

    class Meta:
        verbose_name = "违规处理"
        verbose_name_plural = "违规处理"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="rosters_suspension_has_end",
                condition=Q(measure="suspension", until__isnull=False)
                | ~Q(measure="suspension") & Q(until__isnull=True),
            ),
            models.CheckConstraint(
                name="rosters_recovery",
                condition=Q(money_recovered__gte=0) & Q(money_recovered__lte=F("money_to_recover")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.credit_code} {self.get_measure_display()}"


class Recovery(models.Model):
    """Money that came back for a sanction on ``received_on`` (S1); with others of its sanction it is what was recovered."""

    sanction = models.ForeignKey(
        Sanction, models.PROTECT, related_name="recoveries", verbose_name="违规处理"
    )
    amount = MoneyField("追回金额（元）")
    received_on = models.DateField("到账日期")
    reference = models.CharField("凭证号或说明", max_length=120, blank=True)
    receipt = models.ForeignKey(
        "documents.Document", models.PROTECT, null=True, related_name="+", verbose_name="到账凭证"
    )
    recorded_at = models.DateTimeField("登记时间")
    recorded_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="登记人"
    )

    class Meta:
        verbose_name = "追回款"
        verbose_name_plural = "追回款"
        ordering = ["received_on", "id"]
        constraints = [
            models.CheckConstraint(name="rosters_recovery_amount", condition=Q(amount__gt=0))
        ]

    def __str__(self) -> str:
        return f"{self.received_on} {self.amount}"
