"""``manage.py rotate_keys``: bring personal data at rest under the first of FIELD_KEYS and under LOOKUP_KEY (F5)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from foundation.accounts.models import RecoveryCode
from foundation.rotating import BATCH, encrypted_columns, rotate

NAMED_MAX = 20


class Command(BaseCommand):
    help = (
        "Encrypt every encrypted column with the first of FIELD_KEYS and recompute look-up columns with LOOKUP_KEY, "
        "beside a running portal. Begun again, it goes on where it was broken off; run twice, it changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=BATCH, help="rows held in memory at once")
        parser.add_argument(
            "--check", action="store_true", help="change nothing; fail while a former key is in use"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        write, batch = not options["check"], max(1, options["batch"])
        unreadable = left = 0
        for model in encrypted_columns():
            done = rotate(model, batch=batch, write=write)
            words = "重新加密" if write else "待重新加密"
            self.stdout.write(
                f"{model._meta.label}：{done.rows} 行，{words} {done.encrypted} 项，"
                f"{'重算' if write else '待重算'}检索值 {done.recomputed} 项"
            )
            for pk in done.unreadable[:NAMED_MAX]:
                self.stdout.write(
                    self.style.ERROR(f"  {model._meta.label} {pk}：现有密钥都无法解密")
                )
            unreadable += len(done.unreadable)
            left += done.held if write else done.encrypted + done.recomputed
        if settings.LOOKUP_KEY_FALLBACKS:
            codes = RecoveryCode.objects.filter(used_at=None)
            accounts = codes.values("account").distinct().count()
            if accounts:
                self.stdout.write(
                    f"恢复码只存摘要，无法重算：{accounts} 个账号有未用的恢复码，其中更换密钥以前生成的，"
                    "在移除旧 LOOKUP_KEY 后失效，请使用人先重新生成。"
                )
        if unreadable:
            raise CommandError(f"{unreadable} 行无法解密：请把当时的密钥加入 FIELD_KEYS 后再运行。")
        if left:
            raise CommandError(
                f"{left} 项仍在旧密钥下。" if not write else f"{left} 行正被占用，请再运行一次。"
            )
        self.stdout.write(self.style.SUCCESS("全部在现用密钥下，旧密钥可以移除。"))
