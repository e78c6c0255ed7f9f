"""What a client asked for over HTTP, and what it was told: the notes that the proof compares with the database."""

from __future__ import annotations

import http.client
import re
import secrets
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from bench.services import HOST
from foundation.accounts.models import User
from foundation.accounts.sessions import BACKEND, begin

ANSWER_SECONDS_MAX = 30
KEPT, REFUSED, UNANSWERED, WRONG = "kept", "refused", "unanswered", "wrong"
UNREACHED = "unreached"
NOBODY = -1  # in the place of a status: nobody took the connection
NUMBER = re.compile(r"/(\d+)/")


@dataclass(frozen=True)
class Deed:
    """One act. ``action`` is its name in the audit trail; ``subject`` the record's number, 0 where it is not known.

    ``told``: kept (the answer said that it is done), refused (it said why not), unanswered (no answer, or an error of
    the server), unreached (nobody was there to be asked), wrong (an answer that should never come).
    """

    actor: int
    action: str
    subject: int
    told: str
    amount: int = 0
    said: str = ""


@dataclass
class Notes:
    """Everything that was asked, from all clients at once."""

    deeds: list[Deed] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, deed: Deed) -> None:
        """Note one."""
        with self.lock:
            self.deeds.append(deed)

    def told(self) -> Counter[str]:
        """How many were told what."""
        with self.lock:
            return Counter(deed.told for deed in self.deeds)


class Browser:
    """A signed-in account that posts forms; every request on a connection of its own."""

    def __init__(self, user: User, port: int, notes: Notes) -> None:
        self.user, self.port, self.notes = user, port, notes
        store = import_module(settings.SESSION_ENGINE).SessionStore()
        store[SESSION_KEY] = str(user.pk)
        store[BACKEND_SESSION_KEY] = BACKEND
        store[HASH_SESSION_KEY] = user.get_session_auth_hash()
        begin(store, user, at=timezone.now())
        store.create()
        self.token = secrets.token_hex(16)
        self.cookies = (
            f"{settings.SESSION_COOKIE_NAME}={store.session_key}; "
            f"{settings.CSRF_COOKIE_NAME}={self.token}"
        )

    def act(
        self,
        action: str,
        path: str,
        fields: Mapping[str, Any],
        *,
        subject: int = 0,
        amount: int = 0,
        leads_to: str = "",
    ) -> Deed:
        """Post the form and note what came of it.

        A redirect means that it was done; without a ``subject`` its number is in the address that begins with
        ``leads_to``. A page means that it was refused; 400 comes when a server died while it read the form.
        """
        status, location, body = self._post(path, fields)
        told, said = UNANSWERED, ""
        if status == 302 and not location.startswith(("/login/", "/admin/login/")):
            told = KEPT
            if not subject and leads_to:
                found = NUMBER.search(location.removeprefix(leads_to.rstrip("/")))
                told, subject = (KEPT, int(found[1])) if found else (WRONG, 0)
                said = location
        elif status in (200, 400, 404, 409):
            told, said = REFUSED, _words(body)
        elif status == NOBODY:
            told = UNREACHED
        elif status and status < 500:
            told, said = WRONG, f"{status} {location} {_words(body)}"
        elif status:
            said = f"status {status}"
        if told == WRONG:
            print(f"WRONG answer to {action}: {said}", flush=True)
        deed = Deed(self.user.pk, action, subject, told, amount, said)
        self.notes.add(deed)
        return deed

    def _post(self, path: str, fields: Mapping[str, Any]) -> tuple[int, str, bytes]:
        """Status, address to go to, and body; status 0 when no whole answer came, NOBODY when there was no server."""
        data = {"csrfmiddlewaretoken": self.token, **fields}
        if any(hasattr(value, "read") for value in data.values()):
            body, kind = encode_multipart(BOUNDARY, data), MULTIPART_CONTENT
        else:
            body, kind = urlencode(data).encode(), "application/x-www-form-urlencoded"
        headers = {
            "Host": HOST,
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": HOST,
            "Origin": f"https://{HOST}" if settings.PRODUCTION else f"http://{HOST}",
            "Referer": f"https://{HOST}{path}",
            "Cookie": self.cookies,
            "Content-Type": kind,
        }
        connection = http.client.HTTPConnection(HOST, self.port, timeout=ANSWER_SECONDS_MAX)
        try:
            connection.connect()
        except OSError:
            return NOBODY, "", b""
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", ""), answer.read()
        except (OSError, http.client.HTTPException):
            return 0, "", b""
        finally:
            connection.close()


def _words(body: bytes) -> str:
    """What a page says against the form, for the report."""
    text = body.decode(errors="replace")
    found = re.findall(
        r"(?:field__error|alert-danger|errorlist)[^>]*>(.*?)</(?:p|div|ul)", text, re.S
    )
    return " ".join(re.sub(r"<[^>]+>|\s+", " ", " ".join(found or [text[:400]])).split())[:200]
