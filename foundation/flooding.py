"""A bound for what the public may leave behind from one network address: counted in the cache, forgotten with it."""

from __future__ import annotations

import hashlib
from datetime import timedelta

from django.core.cache import cache
from django.http import HttpRequest

from foundation.senders import sender_of


def is_flood(request: HttpRequest, what: str, *, most: int, within: timedelta) -> bool:
    """Count one more ``what`` from the request's address; whether there were more than ``most`` since the first of them.

    An office, or all of a city's service hall, may share an address: ``most`` is for machines, not for people.
    """
    address = sender_of(request.META.get("REMOTE_ADDR", ""))
    # Nothing can be read in the cache (F5).
    key = "flood:" + hashlib.sha256(f"{what}\n{address}".encode()).hexdigest()
    cache.add(key, 0, timeout=int(within.total_seconds()))
    try:
        return cache.incr(key) > most
    except ValueError:  # it ran out between the two
        return False
