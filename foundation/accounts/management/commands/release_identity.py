"""manage.py release_identity: unlink an account from the identity platform, when the platform changed the subject."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from foundation.accounts.actors import job
from foundation.accounts.models import User
from foundation.accounts.operations import release_identity
from foundation.errors import OutOfReach


class Command(BaseCommand):
    help = "Unlink an account from the identity platform; kept in the audit trail. give_password comes next."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", help="the user name, or the credit code it is linked to")
        parser.add_argument(
            "--reason", required=True, help="why, and how the organisation was recognised"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["username"]
        account = (
            User.objects.filter(username=name).first()
            or User.objects.filter(platform_identity__credit_code=name).first()
        )
        if account is None:
            raise CommandError(f"There is no account {name!r}.")
        try:
            release_identity(
                by=job("release_identity"),
                at=timezone.now(),
                account=account,
                reason=options["reason"],
            )
        except OutOfReach:
            raise CommandError(f"{account.username} is not linked.") from None
        self.stdout.write(f"{account.username} is unlinked. Next: give_password {account.username}")
