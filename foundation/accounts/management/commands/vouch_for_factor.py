"""manage.py vouch_for_factor: open a first authenticator where nobody at the desk may (docs/adr/0037)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.models import User
from foundation.accounts.operations import vouch_for_factor
from foundation.errors import Refusal


class Command(BaseCommand):
    help = "Confirm that an account's first authenticator is its owner's; kept in the audit trail, the owner is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--reason", required=True, help="why, and how the owner was recognised")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["username"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        try:
            vouch_for_factor(
                by=job("vouch_for_factor"),
                at=timezone.now(),
                account=account,
                reason=options["reason"],
            )
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal
        self.stdout.write(f"{account.username} can be used.")
