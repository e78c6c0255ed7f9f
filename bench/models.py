"""The one row that the minimal view writes."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Mark(models.Model):
    """Who asked for how much and when: the least an application could be. No migration makes the table."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    amount = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "bench_mark"

    def __str__(self) -> str:
        return f"{self.account_id} {self.amount}"
