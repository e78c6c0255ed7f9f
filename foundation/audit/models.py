"""The audit trail: append-only, on both engines by trigger."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class AuditEntry(models.Model):
    """One act: who, in which role, when, from where, on what, from which state to which, and why."""

    at = models.DateTimeField("时间", db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        verbose_name="账号",
        related_name="+",
        db_index=False,
    )
    actor_label = models.CharField("经手人", max_length=80)
    role = models.CharField("角色", max_length=12)
    address = models.CharField("来源地址", max_length=45, blank=True)
    action = models.CharField("操作", max_length=60)
    subject_type = models.CharField("对象类型", max_length=40)
    subject_id = models.BigIntegerField("对象编号")
    from_state = models.CharField("原状态", max_length=40, blank=True)
    to_state = models.CharField("新状态", max_length=40, blank=True)
    reason = models.TextField("原因", blank=True)
    details = models.JSONField("详情", default=dict, blank=True)

    class Meta:
        verbose_name = "审计记录"
        verbose_name_plural = "审计记录"
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject_type", "subject_id"], name="audit_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"


class Seal(models.Model):
    """A link of the chain over the append-only tables: a range of rows of one table, and the seal before it.

    The range is ``after_id`` < id <= ``until_id``; ``rows_digest`` is over the canonical text of its ``count`` rows in
    the columns ``columns``. ``digest`` is over all of that, the number, the moment and ``previous``, the digest of the
    seal before; ``mac`` signs it with a key that the database does not know.
    """

    number = models.PositiveBigIntegerField("序号", unique=True)
    table = models.CharField("数据表", max_length=60)
    columns = models.TextField("字段")
    after_id = models.BigIntegerField()
    until_id = models.BigIntegerField()
    count = models.PositiveIntegerField("行数")
    rows_digest = models.CharField(max_length=64)
    previous = models.CharField("前一封存摘要", max_length=64, blank=True)
    digest = models.CharField("封存摘要", max_length=64)
    mac = models.CharField(max_length=64)
    sealed_at = models.DateTimeField("封存时间")

    class Meta:
        verbose_name = "封存记录"
        verbose_name_plural = "封存记录"
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["table", "after_id"], name="audit_seal_range"),
            models.CheckConstraint(
                name="audit_seal_has_rows",
                condition=models.Q(count__gt=0, until_id__gt=models.F("after_id")),
            ),
        ]

    def __str__(self) -> str:
        return f"封存 {self.number}"
