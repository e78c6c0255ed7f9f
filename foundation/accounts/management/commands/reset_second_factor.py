"""manage.py reset_second_factor: for an account whose owner lost it, where no two persons are left to agree."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.management.of_account import AccountCommand
from foundation.accounts.models import User
from foundation.accounts.operations import reset_second_factor


class Command(AccountCommand):
    help = "Let an account set up its second factor anew; kept in the audit trail, and its owner is told."

    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--reason", required=True, help="why, and how the owner was recognised")

    def act(self, account: User, options: dict[str, Any]) -> str:
        by, at = job("reset_second_factor"), timezone.now()
        reset_second_factor(by=by, at=at, account=account, reason=options["reason"])
        return f"{account.username} sets up a second factor at the next sign-in."
