"""Who has which file of the staff desk in hand."""

from __future__ import annotations

from django.db import models


class Assignment(models.Model):
    """A file in the hands of one account; the row goes when it is released or decided, the audit trail keeps all.

    ``subject_type`` and ``subject_id`` name the file as the audit trail does; ``label`` is how it was called then.
    ``seen_at``: the holder's last sign of work, after which the file is free again when idle for too long.
    """

    subject_type = models.CharField("对象类型", max_length=40)
    subject_id = models.BigIntegerField("对象编号")
    label = models.CharField("名称", max_length=200)
    holder = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="assignments", verbose_name="办理人"
    )
    taken_at = models.DateTimeField("领取时间")
    seen_at = models.DateTimeField("最近办理时间")

    class Meta:
        verbose_name = "办理分工"
        verbose_name_plural = "办理分工"
        constraints = [
            models.UniqueConstraint(
                fields=["subject_type", "subject_id"], name="assignments_one_holder"
            ),
            models.CheckConstraint(
                name="assignments_seen_after_taken",
                condition=models.Q(seen_at__gte=models.F("taken_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.label}（{self.holder_id}）"
