"""manage.py load_regions FILE.csv"""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.regions.operations import load_regions
from foundation.regions.policies import UnableToLoadRegions
from foundation.regions.tables import COLUMNS, read_file


class Command(BaseCommand):
    help = f"Load cities and districts from a UTF-8 CSV file with the columns {', '.join(COLUMNS)}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        try:
            rows = read_file(file)
            done = load_regions(by=job("load_regions"), at=timezone.now(), rows=rows)
        except (OSError, ValueError) as error:
            raise CommandError(f"{file}: {error}") from error
        except UnableToLoadRegions as refusal:
            raise CommandError("\n".join(refusal.faults)) from refusal
        self.stdout.write(f"{len(rows)} rows: {done.created} added, {done.changed} renamed.")
