"""Slowing down those who guess passwords, without shutting out those whose passwords are guessed.

Wrong passwords are counted for an account together with the network address they come from, and for the address as
a whole: guessing from elsewhere makes nobody else wait. Over all addresses an account only ever waits a minute, and
a browser that has signed in to it before does not wait for others at all (docs/adr/0031).
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse

from foundation.accounts.models import User
from foundation.senders import sender_of

COOKIE = f"{settings.COOKIE_PREFIX}known_device"
COOKIE_AGE = timedelta(days=180)
_SALT = "foundation.accounts.known_device"


@dataclass(frozen=True)
class Brake:
    """``free`` wrong passwords cost nothing; then each doubles the wait, up to ``longest``. Forgotten after ``memory``."""

    free: int
    longest: timedelta
    memory: timedelta
    first: timedelta = timedelta(seconds=5)

    def wait(self, failures: int) -> int:
        """Seconds to wait after so many failures."""
        if failures <= self.free:
            return 0
        doubled = self.first * 2 ** min(failures - self.free - 1, 12)
        return int(min(doubled, self.longest).total_seconds())


PAIR = Brake(free=5, longest=timedelta(minutes=15), memory=timedelta(hours=2))
ADDRESS = Brake(free=50, longest=timedelta(minutes=5), memory=timedelta(hours=1))
ACCOUNT = Brake(free=100, longest=timedelta(minutes=1), memory=timedelta(hours=24))


@dataclass(frozen=True)
class Try:
    """One attempt to sign in, by the brakes it is under."""

    brakes: tuple[tuple[str, Brake], ...]

    def admitted(self, at: datetime) -> int:
        """Count the attempt as a failure ahead of its outcome; seconds to wait, or 0 when it may go on.

        Counted first, so that attempts sent at once do not all see the count of before. One that has to wait is
        not counted: trying too early makes nobody wait longer.
        """
        for index, (key, brake) in enumerate(self.brakes):
            failures = _count(key, brake)
            wait = brake.wait(failures)
            # Whoever takes the slot of this wait goes on, all others wait until it is free again.
            if wait and not cache.add(f"{key}:slot", at.timestamp() + wait, timeout=wait):
                for counted, _ in self.brakes[: index + 1]:
                    _uncount(counted)
                until = cache.get(f"{key}:slot") or at.timestamp() + 1
                return max(1, int(until - at.timestamp() + 0.999))
        return 0

    def right(self) -> None:
        """The password was right: what was counted against this account here is forgotten."""
        key, _ = self.brakes[0]
        cache.delete_many([key, f"{key}:slot"])
        for counted, _ in self.brakes[1:]:
            _uncount(counted)


def attempt_of(request: HttpRequest, username: str) -> Try:
    """The brakes for an attempt on this user name, whether there is such an account or not."""
    name = unicodedata.normalize("NFKC", username).strip().casefold()
    address = sender_of(request.META.get("REMOTE_ADDR", ""))
    device = _known_device(request, name)
    if device:
        return Try(((_key("device", name, device), PAIR),))
    return Try(
        (
            (_key("pair", name, address), PAIR),
            (_key("address", address), ADDRESS),
            (_key("account", name), ACCOUNT),
        )
    )


def remember_device(request: HttpRequest, response: HttpResponse, account: User) -> None:
    """Give the browser a cookie by which it is known at the next sign-in; it opens nothing by itself."""
    device = _known_device(request, account.username.casefold()) or secrets.token_urlsafe(16)
    response.set_cookie(
        COOKIE,
        signing.dumps([account.username.casefold(), device], salt=_SALT),
        max_age=COOKIE_AGE,
        path="/",
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )


def _known_device(request: HttpRequest, name: str) -> str:
    """The device that has signed in to this account before; "" for any other."""
    try:
        kept, device = signing.loads(
            request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=COOKIE_AGE
        )
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return device if kept == name else ""


def _key(*parts: str) -> str:
    """A key of the cache in which nothing can be read (F5)."""
    return "slow:" + hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _count(key: str, brake: Brake) -> int:
    cache.add(key, 0, timeout=int(brake.memory.total_seconds()))
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1


def _uncount(key: str) -> None:
    try:
        cache.decr(key)
    except ValueError:
        return
