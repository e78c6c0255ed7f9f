"""Mail servers for the tests of the outbox."""

from __future__ import annotations

import smtplib
from collections.abc import Sequence
from typing import ClassVar

from django.core.mail import EmailMessage
from django.core.mail.backends.locmem import EmailBackend


class Down(EmailBackend):
    """A server that nobody reaches."""

    attempts: ClassVar[list[str]] = []

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        self.attempts.append(messages[0].to[0])
        raise ConnectionRefusedError(f"no connection for {messages[0].to[0]}")


class Picky(EmailBackend):
    """A server that refuses addresses of one domain, and says so with the address."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        if messages[0].to[0].endswith("@bad.example"):
            raise smtplib.SMTPDataError(550, f"no such user {messages[0].to[0]}".encode())
        return super().send_messages(messages)


class Killed(EmailBackend):
    """A worker that is killed right after the server took the message."""

    def send_messages(self, messages: Sequence[EmailMessage]) -> int:
        super().send_messages(messages)
        raise SystemExit
