"""manage.py open_staff_account: the first bureau account of a city, the province's, and any other staff account."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.models import STAFF_ROLES
from foundation.accounts.operations import open_staff_account
from foundation.errors import Refusal
from foundation.regions.models import City, District


class Command(BaseCommand):
    help = (
        "Open a staff account. ID number and password are asked for, or read as two lines from a pipe, "
        "so that neither is left in the shell's history."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument(
            "--role", required=True, choices=sorted(str(role) for role in STAFF_ROLES)
        )
        parser.add_argument("--name", required=True, help="the person's name")
        parser.add_argument(
            "--city", default="", help="GB/T 2260 code; none for province and province contractor"
        )
        parser.add_argument("--district", default="", help="GB/T 2260 code, for district accounts")
        parser.add_argument("--email", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        id_number, password = self._secrets()
        try:
            account = open_staff_account(
                by=job("open_staff_account"),
                at=timezone.now(),
                username=options["username"],
                password=password,
                role=options["role"],
                person_name=options["name"],
                id_number=id_number,
                city=City.objects.get(code=options["city"]) if options["city"] else None,
                district=District.objects.get(code=options["district"])
                if options["district"]
                else None,
                email=options["email"],
            )
        except (City.DoesNotExist, District.DoesNotExist) as error:
            raise CommandError(f"{error} Load it with load_regions first.") from error
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"Opened {account.username} ({account.role}).")

    def _secrets(self) -> tuple[str, str]:
        if sys.stdin.isatty():
            return getpass("ID number: "), getpass("Password: ")
        return sys.stdin.readline().strip(), sys.stdin.readline().rstrip("\n")
