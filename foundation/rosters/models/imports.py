"""Roster files: what they said row by row, and what became of them (E8)."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from foundation.rosters.states import ImportState, RowOutcome


class RosterKind(models.TextChoices):
    """What a roster file may hold (E8)."""

    ACCREDITATION = "accreditation", "服务机构名录"
    PRIORITY = "priority", "优先补助名单"
    BLACKLIST = "blacklist", "失信联合惩戒名单"
    RELATED = "related", "关联关系"
    FUNDED = "funded", "已获其他资金支持事项"


class RosterImport(models.Model):
    """A roster file: its dry run, and whether it was applied (E8).

    A ``whole`` file is the complete list of its city: what it does not name is taken off. ``rows_total`` is None until
    the file was opened; ``rows_done`` is how far the dry run has come; ``counts``: rows by RowOutcome, of the dry run
    and, once applied, of the import. ``fault``: why the file could not be read, or the last import not be done.
    """

    city = models.ForeignKey("regions.City", models.PROTECT, verbose_name="地市")
    kind = models.CharField("名单类别", max_length=14, choices=RosterKind.choices)
    document = models.ForeignKey("documents.Document", models.PROTECT, verbose_name="文件")
    whole = models.BooleanField("完整名单", default=False)
    undoes = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", verbose_name="所撤销的导入"
    )
    state = models.CharField(
        "状态", max_length=10, choices=ImportState.choices, default=ImportState.READING
    )
    rows_total = models.PositiveIntegerField("总行数", null=True)
    rows_done = models.PositiveIntegerField("已核对行数", default=0)
    counts = models.JSONField("各结果行数", default=dict)
    fault = models.CharField("未完成的原因", max_length=500, blank=True)
    skipped_rows = models.JSONField("跳过的行", default=list)
    # Which run of the job reads the file, so that a doubled one does not; and how many have tried.
    claimed_at = models.DateTimeField("读取开始时间", null=True)
    attempts = models.PositiveSmallIntegerField("读取次数", default=0)
    checked_at = models.DateTimeField("试运行时间")
    checked_by = models.ForeignKey(
        "accounts.User", models.PROTECT, related_name="+", verbose_name="试运行人"
    )
    ordered_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="提出导入人"
    )
    applied_at = models.DateTimeField("导入时间", null=True)
    applied_by = models.ForeignKey(
        "accounts.User", models.PROTECT, null=True, related_name="+", verbose_name="导入人"
    )

    class Meta:
        verbose_name = "名单导入"
        verbose_name_plural = "名单导入"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="rosters_import_applied",
                condition=Q(state="applied", applied_at__isnull=False, applied_by__isnull=False)
                | ~Q(state="applied") & Q(applied_at__isnull=True, applied_by__isnull=True),
            ),
            models.CheckConstraint(
                name="rosters_import_ordered",
                condition=~Q(state="applying") | Q(ordered_by__isnull=False),
            ),
        ]
        indexes = [
            # What the job looks for each minute: hardly ever a row.
            models.Index(
                fields=["id"],
                name="rosters_import_at_work",
                condition=Q(state__in=["reading", "applying"]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"

    @property
    def is_at_work(self) -> bool:
        """Whether a job still reads or writes it."""
        return self.state in {ImportState.READING, ImportState.APPLYING}


class RosterRow(models.Model):
    """One row of a roster file as its dry run understood it (E8).

    ``row`` is what Excel shows at its left, None for an entry a whole file does not name. ``entry_id`` is the known
    entry it is about, ``before`` that entry's values as they were; values are JSON as ``columns`` makes them.
    """

    roster_import = models.ForeignKey(
        RosterImport, models.CASCADE, related_name="rows", verbose_name="名单导入"
    )
    row = models.PositiveIntegerField("行号", null=True)
    outcome = models.CharField("结果", max_length=8, choices=RowOutcome.choices)
    entry_id = models.BigIntegerField("所指记录", null=True)
    values = models.JSONField("内容", default=dict)
    before = models.JSONField("原内容", default=dict)
    problems = models.JSONField("错误", default=list)
    notes = models.JSONField("提示", default=list)

    class Meta:
        verbose_name = "名单文件的行"
        verbose_name_plural = "名单文件的行"
        ordering = ["row", "id"]
        constraints = [
            models.UniqueConstraint(fields=["roster_import", "row"], name="rosters_row_once")
        ]
        indexes = [
            models.Index(fields=["roster_import", "outcome", "row"], name="rosters_row_outcome")
        ]

    def __str__(self) -> str:
        return f"第 {self.row} 行" if self.row else "文件中没有的记录"

    def values_after(self) -> dict[str, Any]:
        """The entry's values once the row is applied; what the file does not have stays."""
        return {**self.before, **self.values}
