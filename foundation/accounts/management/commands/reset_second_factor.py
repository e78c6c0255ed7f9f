"""manage.py reset_second_factor: for an account whose owner lost it, where no two persons are left to agree."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.models import User
from foundation.accounts.operations import reset_second_factor
from foundation.errors import Refusal


class Command(BaseCommand):
    help = "Let an account set up its second factor anew; kept in the audit trail, and its owner is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why, and how the owner was recognised")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["username"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        try:
            reset_second_factor(
                by=job("reset_second_factor"),
                at=timezone.now(),
                account=account,
                reason=options["reason"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{account.username} sets up a second factor at the next sign-in.")
