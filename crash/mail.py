"""The mail server of the crash test: takes what it is sent, and does not mind senders that are killed."""

from __future__ import annotations

from typing import Any

from tests.foundation.mail import Server


class MailServer(Server):
    """A real SMTP server on this machine, quiet about connections that break off."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender was killed in the middle of a mail."""
