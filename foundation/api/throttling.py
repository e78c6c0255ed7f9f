"""How often one may call: enough for every honest client, also in the minute when a batch opens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from foundation.senders import sender_of

MINUTE = 60
DAY = 24 * 60 * MINUTE


@dataclass(frozen=True)
class Rate:
    """So many calls within ``seconds``, counted by account, or by address for who is nobody."""

    name: str
    calls: int
    seconds: int = MINUTE


# A whole office building may stand behind one address.
READS_OF_NOBODY = Rate("nobody", 1200)
READS = Rate("reads", 1200)
WRITES = Rate("writes", 300)
# Each write leaves an answer behind for two days; no account fills the database with them.
WRITES_A_DAY = Rate("writes a day", 20_000, DAY)
# Counted by itself: whoever watched a batch until it opened has not used up the right to apply.
APPLIES = Rate("applies", 120)


class AccountThrottle(BaseThrottle):
    """Counts in the cache by whole minutes and days; where the cache is lost, everybody starts anew."""

    def __init__(self) -> None:
        self.left = float(MINUTE)

    def allow_request(self, request: Request, view: Any) -> bool:
        known = request.user.is_authenticated
        who = request.user.pk if known else sender_of(request.META.get("REMOTE_ADDR", ""))
        return all(self._is_within(rate, who, request) for rate in self._rates(request, view))

    def wait(self) -> float:
        """Seconds until the count that is full begins anew."""
        return self.left

    def _is_within(self, rate: Rate, who: Any, request: Request) -> bool:
        second = request.at.timestamp()
        span = int(second // rate.seconds)
        self.left = (span + 1) * rate.seconds - second
        digest = hashlib.sha256(f"{rate.name}\n{who}\n{span}".encode()).hexdigest()
        return _counted(f"api:{digest}", 2 * rate.seconds) <= rate.calls

    @staticmethod
    def _rates(request: Request, view: Any) -> tuple[Rate, ...]:
        if not request.user.is_authenticated:
            return (READS_OF_NOBODY,)
        if request.method in {"GET", "HEAD"}:
            return (READS,)
        return (getattr(view, "rate", WRITES), WRITES_A_DAY)


def _counted(key: str, seconds: int) -> int:
    cache.add(key, 0, timeout=seconds)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1
