"""How often one may call: enough for every honest client, also in the minute when a batch opens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

MINUTE = 60


@dataclass(frozen=True)
class Rate:
    """So many calls within a minute, counted by account, or by address for who is nobody."""

    name: str
    calls: int


# A whole office building may stand behind one address.
READS_OF_NOBODY = Rate("nobody", 1200)
READS = Rate("reads", 1200)
WRITES = Rate("writes", 300)
# Counted by itself: whoever watched a batch until it opened has not used up the right to apply.
APPLIES = Rate("applies", 120)


class AccountThrottle(BaseThrottle):
    """Counts in the cache by whole minutes; where the cache is lost, everybody starts anew."""

    def __init__(self) -> None:
        self.left = float(MINUTE)

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = self._rate(request, view)
        who = request.user.pk if request.user.is_authenticated else request.META.get("REMOTE_ADDR")
        second = request.at.timestamp()
        minute = int(second // MINUTE)
        self.left = (minute + 1) * MINUTE - second
        digest = hashlib.sha256(f"{rate.name}\n{who}\n{minute}".encode()).hexdigest()
        return _counted(f"api:{digest}") <= rate.calls

    def wait(self) -> float:
        """Seconds until the next minute."""
        return self.left

    @staticmethod
    def _rate(request: Request, view: Any) -> Rate:
        if not request.user.is_authenticated:
            return READS_OF_NOBODY
        if request.method in {"GET", "HEAD"}:
            return READS
        return getattr(view, "rate", WRITES)


def _counted(key: str) -> int:
    cache.add(key, 0, timeout=2 * MINUTE)
    try:
        return cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1
