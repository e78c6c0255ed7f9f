"""Mail servers for the tests of the outbox."""

from __future__ import annotations

import smtplib
import socketserver
from collections.abc import Callable, Sequence
from email import message_from_bytes, policy
from email.message import EmailMessage as EmailMessageParsed
from threading import Thread
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


class Server(socketserver.ThreadingTCPServer):
    """A real SMTP server on this machine, that takes mail, refuses it, or breaks off, as ``rule`` says.

    ``rule(recipient)`` answers RCPT: a reply line, or "" to hang up. ``taken`` is what it accepted, as parsed mails.
    """

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, rule: Callable[[str], str] = lambda recipient: "250 ok") -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.rule = rule
        self.taken: list[EmailMessageParsed] = []
        self.raw: list[bytes] = []
        self.connections = 0

    def __enter__(self) -> Server:
        Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *details: object) -> None:
        self.shutdown()
        self.server_close()

    @property
    def port(self) -> int:
        return self.server_address[1]

    def recipients(self) -> list[str]:
        return [mail["To"] for mail in self.taken]


class _Conversation(socketserver.StreamRequestHandler):
    server: Server

    def handle(self) -> None:
        self.server.connections += 1
        self._say("220 test ESMTP")
        while line := self.rfile.readline():
            verb = line.decode("ascii").strip()
            command = verb[:4].upper()
            if command == "QUIT":
                self._say("221 bye")
                return
            if command == "RCPT":
                reply = self.server.rule(verb.partition("<")[2].partition(">")[0])
                if not reply:
                    return
                self._say(reply)
            elif command == "DATA":
                self._say("354 go on")
                self._take()
                self._say("250 taken")
            else:
                self._say("250 ok")

    def _take(self) -> None:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b"..") else line)
        raw = b"".join(lines)
        self.server.raw.append(raw)
        self.server.taken.append(message_from_bytes(raw, policy=policy.default))

    def _say(self, reply: str) -> None:
        self.wfile.write(f"{reply}\r\n".encode())
