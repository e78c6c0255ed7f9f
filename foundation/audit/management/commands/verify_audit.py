"""``manage.py verify_audit``: prove that audit, ledger and allocations are what was sealed, name each break."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.utils import timezone

from foundation.audit.models import Seal
from foundation.audit.sealing.verifying import breaks, unsealed
from foundation.audit.sealing.witness import testimony
from foundation.jobs.operations import note_proof
from foundation.moments import spoken


class Command(BaseCommand):
    help = "Prove the chain of seals against the rows and against what is known of it outside the database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--witness", action="append", default=[], help="another witness file; may be repeated"
        )
        parser.add_argument(
            "--expect",
            action="append",
            default=[],
            metavar="NUMBER:DIGEST",
            help="a seal that was printed or published; may be repeated",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        known: dict[int, str] = {}
        for path in [settings.SEAL_WITNESS, *options["witness"]]:
            known |= testimony(path)
        for text in options["expect"]:
            number, _, digest = text.partition(":")
            if not number.isdecimal() or len(digest) != 64:
                raise CommandError(f"--expect {text!r} 不是 序号:摘要。")
            known[int(number)] = digest
        with transaction.atomic():
            if connection.vendor == "postgresql":
                with connection.cursor() as cursor:
                    cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            found = 0
            for one in breaks(known):
                found += 1
                self.stdout.write(str(one))
            last = Seal.objects.order_by("-number").first()
            young = unsealed()
        note_proof(
            at=timezone.now(),
            name="verify_audit",
            seconds=time.monotonic() - began,
            breaks=found,
        )
        for name, count in young.items():
            if count:
                self.stdout.write(f"{name}：{count} 行尚未封存")
        if last is not None:
            self.stdout.write(
                f"最后一次封存：{last.number}:{last.digest}，{spoken(last.sealed_at)}"
            )
        if not known:
            self.stdout.write("没有库外留存的摘要可比对：末尾的封存记录若被一并删除，无法发现。")
        if found:
            raise CommandError(f"审计校验不符：{found} 处。")
        self.stdout.write(self.style.SUCCESS("审计校验完成：全部相符。"))
