"""manage.py give_password: for an enterprise or a provider that lost its password, after its identity was checked."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.models import User
from foundation.accounts.operations import reset_password
from foundation.errors import Refusal


class Command(BaseCommand):
    help = (
        "Give an account a temporary password, asked for or read as a line from a pipe: its owner replaces it, or "
        "joins the account to the identity platform with it. Kept in the audit trail, and the owner is told."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["username"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        asked = sys.stdin.isatty()
        password = getpass("Password: ") if asked else sys.stdin.readline().rstrip("\n")
        try:
            reset_password(
                by=job("give_password"), at=timezone.now(), account=account, password=password
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{account.username} has to change it at the next sign-in.")
