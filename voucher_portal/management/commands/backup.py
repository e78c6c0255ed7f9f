"""``manage.py backup FOLDER``: database and files in one folder, whole or not there."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.errors import Refusal
from voucher_portal.backup import UnableToBackUp, back_up


class Command(BaseCommand):
    help = "Back up the database and every stored file into a new folder. Keys are not part of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            manifest = back_up(options["folder"].absolute(), at=timezone.now())
        except UnableToBackUp as error:
            raise CommandError(str(error)) from error
        except Refusal as refusal:  # the store does not answer
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(
            f"备份完成：文件 {manifest['files']} 个，最后一次封存 {manifest['last_seal'] or '无'}。"
        )
        for fault in manifest["faulty"]:
            self.stdout.write(f"文件异常：{fault}")
        if manifest["faulty"]:
            raise CommandError(f"备份已写入，但有 {len(manifest['faulty'])} 个文件缺失或被改动。")
