"""manage.py give_password: for an enterprise or a provider that lost its password, after its identity was checked."""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.management.of_account import AccountCommand
from foundation.accounts.models import User
from foundation.accounts.operations import reset_password


class Command(AccountCommand):
    help = (
        "Give an account a temporary password, asked for or read as a line from a pipe: its owner replaces it, or "
        "joins the account to the identity platform with it. Kept in the audit trail, and the owner is told."
    )

    def act(self, account: User, options: dict[str, Any]) -> str:
        asked = sys.stdin.isatty()
        password = getpass("Password: ") if asked else sys.stdin.readline().rstrip("\n")
        by, at = job("give_password"), timezone.now()
        reset_password(by=by, at=at, account=account, password=password)
        return f"{account.username} has to change it at the next sign-in."
