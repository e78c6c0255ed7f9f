"""``manage.py reconcile``: recompute the books from the ledger, name each break (V2)."""

from __future__ import annotations

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from foundation.jobs.operations import note_proof
from voucher_portal.reconciliation import all_breaks


class Command(BaseCommand):
    help = "Recompute every balance from the ledger; exit status 1 when anything does not add up."

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        with transaction.atomic():
            if connection.vendor == "postgresql":
                # One snapshot for all checks, so that work going on meanwhile is not taken for a break.
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = list(all_breaks())
        note_proof(
            at=timezone.now(),
            name="reconcile",
            seconds=time.monotonic() - began,
            breaks=len(found),
        )
        for found_break in found:
            self.stdout.write(str(found_break))
        if found:
            raise CommandError(f"对账不平：{len(found)} 处。")
        self.stdout.write(self.style.SUCCESS("对账完成：全部相符。"))
