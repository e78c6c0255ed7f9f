"""The State Council's calendar, as far as the package does not know it (B7)."""

from __future__ import annotations

from django.db import models


class LoadedYear(models.Model):
    """A year whose holidays and make-up workdays staff have loaded as exceptions."""

    year = models.PositiveSmallIntegerField("年份", primary_key=True)
    loaded_at = models.DateTimeField("载入时间")

    class Meta:
        verbose_name = "已载入年份"
        verbose_name_plural = "已载入年份"

    def __str__(self) -> str:
        return str(self.year)


class WorkdayException(models.Model):
    """A day that differs from the known calendar: a day off, or a make-up workday (调休上班)."""

    day = models.DateField("日期", unique=True)
    is_workday = models.BooleanField("是否上班")
    name = models.CharField("说明", max_length=60)

    class Meta:
        verbose_name = "工作日调整"
        verbose_name_plural = "工作日调整"
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.name}"
