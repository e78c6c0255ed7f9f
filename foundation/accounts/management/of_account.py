"""What the commands about one account share."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from foundation.accounts.models import User
from foundation.errors import Refusal


class AccountCommand(BaseCommand):
    """A command about the account that is named first; a refusal ends it with its sentence."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")

    def handle(self, *args: Any, **options: Any) -> None:
        account = User.objects.filter(username=options["username"]).first()
        if account is None:
            raise CommandError(f"There is no account {options['username']!r}.")
        try:
            self.stdout.write(self.act(account, options))
        except Refusal as refusal:
            raise CommandError(refusal.sentence) from refusal

    def act(self, account: User, options: dict[str, Any]) -> str:
        """Do it; what to tell whoever ran the command."""
        raise NotImplementedError
