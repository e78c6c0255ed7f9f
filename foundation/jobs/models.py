"""How the jobs and proofs of the portal went last, for whoever watches it."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """One row for each job or proof, written anew by each run; nothing is decided by it.

    ``name`` is the job's dotted path, or the command of a proof. ``failures`` counts all runs that failed so far.
    """

    name = models.CharField("任务", max_length=80, unique=True)
    began_at = models.DateTimeField("最近开始时间")
    milliseconds = models.PositiveIntegerField("用时（毫秒）")
    done = models.PositiveIntegerField("办理数")
    succeeded_at = models.DateTimeField("最近成功时间", null=True)
    failed_at = models.DateTimeField("最近失败时间", null=True)
    runs = models.PositiveBigIntegerField("运行次数", default=0)
    failures = models.PositiveBigIntegerField("失败次数", default=0)

    class Meta:
        verbose_name = "任务运行"
        verbose_name_plural = "任务运行"

    def __str__(self) -> str:
        return self.name
