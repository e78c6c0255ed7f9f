"""manage.py vouch_for_factor: open a first authenticator where nobody at the desk may (docs/adr/0037)."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.management.of_account import AccountCommand
from foundation.accounts.models import User
from foundation.accounts.operations import vouch_for_factor


class Command(AccountCommand):
    help = "Confirm that an account's first authenticator is its owner's; kept in the audit trail, the owner is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why, and how the owner was recognised")

    def act(self, account: User, options: dict[str, Any]) -> str:
        by, at = job("vouch_for_factor"), timezone.now()
        vouch_for_factor(by=by, at=at, account=account, reason=options["reason"])
        return f"{account.username} can be used."
