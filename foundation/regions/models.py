"""Cities and districts (G1)."""

from __future__ import annotations

from django.db import models


class City(models.Model):
    """A prefecture-level city; ``code`` is its GB/T 2260 code (440100)."""

    code = models.CharField("行政区划代码", max_length=6, unique=True)
    name = models.CharField("名称", max_length=20, unique=True)
    slug = models.SlugField("拼音", max_length=20, unique=True)

    class Meta:
        verbose_name = "地市"
        verbose_name_plural = "地市"
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class District(models.Model):
    """A district or county of a city."""

    city = models.ForeignKey(City, models.PROTECT, related_name="districts", verbose_name="地市")
    code = models.CharField("行政区划代码", max_length=6, unique=True)
    name = models.CharField("名称", max_length=20)

    class Meta:
        verbose_name = "区县"
        verbose_name_plural = "区县"
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["city", "name"], name="regions_district_name")
        ]

    def __str__(self) -> str:
        return self.name
