"""Going on while Redis is away (docs/adr/0038); what is answered while the database is: faults.py."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import redis
from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.core.cache.backends.dummy import DummyCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from voucher_portal.metrics.counts import CACHE_ERRORS

log = logging.getLogger(__name__)

AWAY = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError)
# After a failure nobody of this process waits for Redis again so soon.
LEFT_ALONE_SECONDS = 3.0
CONNECT_SECONDS, ANSWER_SECONDS = 1.0, 2.0


class _Outage:
    """What the threads of one process know together about one cache: whether it is away, and what it missed."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.until = 0.0
        self.missed: set[tuple[str, Any]] = set()


_outages: dict[str, _Outage] = {}


class OutageCache(RedisCache):
    """Redis, and while it does not answer something in its place: no request fails or waits for it.

    ``stand_in`` "memory": a cache in the memory of this process, for counters. "nothing": whatever is asked is not
    there, for copies of what the database has; what was written or deleted meanwhile is deleted when Redis is back,
    so that an old copy does not come back with it. ``keep_seconds``: the longest that anything is kept.
    """

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        options = dict(params.get("OPTIONS", {}))
        stand_in, self._keep_seconds = options.pop("stand_in"), options.pop("keep_seconds", None)
        options.setdefault("socket_connect_timeout", CONNECT_SECONDS)
        options.setdefault("socket_timeout", ANSWER_SECONDS)
        super().__init__(server, {**params, "OPTIONS": options})
        name = f"{server} {params.get('KEY_PREFIX', '')} {stand_in}"
        plain = {**params, "OPTIONS": {}}
        self._stand_in: BaseCache = (
            LocMemCache(name, plain) if stand_in == "memory" else DummyCache(name, plain)
        )
        self._outage = _outages.setdefault(name, _Outage())

    @property
    def is_away(self) -> bool:
        """Whether it did not answer when it was asked last."""
        return bool(self._outage.until)

    def get_backend_timeout(self, timeout: Any = DEFAULT_TIMEOUT) -> Any:
        seconds = super().get_backend_timeout(timeout)
        if self._keep_seconds is None or seconds is None:
            return seconds if self._keep_seconds is None else self._keep_seconds
        return min(seconds, self._keep_seconds)

    def _ask(self, name: str, keys: Any, version: Any, call: Callable[[Any], Any]) -> Any:
        """``call`` of Redis, or of what stands in for it."""
        outage = self._outage
        if time.monotonic() >= outage.until:
            try:
                if outage.missed or outage.until:
                    self._make_up(outage)
                return call(super())
            except AWAY as error:
                CACHE_ERRORS.inc()
                if time.monotonic() >= outage.until:
                    log.error("the cache does not answer: %s", type(error).__name__)
                outage.until = time.monotonic() + LEFT_ALONE_SECONDS
        if name in _WRITES:
            with outage.lock:
                outage.missed |= {(key, version) for key in keys}
        return call(self._stand_in)

    def _make_up(self, outage: _Outage) -> None:
        """Redis may be back: first it forgets what changed without it."""
        with outage.lock:
            missed = set(outage.missed)
        for key, version in missed:
            super().delete(key, version=version)
        with outage.lock:
            outage.missed -= missed
            outage.until = 0.0
        self._stand_in.clear()
        log.info("the cache answers again")

    def add(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask(
            "add", [key], version, lambda of: of.add(key, value, timeout, version=version)
        )

    def get(self, key: Any, default: Any = None, version: Any = None) -> Any:
        return self._ask("get", [key], version, lambda of: of.get(key, default, version=version))

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask(
            "set", [key], version, lambda of: of.set(key, value, timeout, version=version)
        )

    def touch(self, key: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask("touch", [key], version, lambda of: of.touch(key, timeout, version))

    def delete(self, key: Any, version: Any = None) -> Any:
        return self._ask("delete", [key], version, lambda of: of.delete(key, version=version))

    def get_many(self, keys: Any, version: Any = None) -> Any:
        return self._ask("get", keys, version, lambda of: of.get_many(keys, version=version))

    def has_key(self, key: Any, version: Any = None) -> Any:
        return self._ask("get", [key], version, lambda of: of.has_key(key, version=version))

    def incr(self, key: Any, delta: int = 1, version: Any = None) -> Any:
        return self._ask("incr", [key], version, lambda of: of.incr(key, delta, version=version))

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: Any = None) -> Any:
        return self._ask(
            "set", list(data), version, lambda of: of.set_many(data, timeout, version=version)
        )

    def delete_many(self, keys: Any, version: Any = None) -> Any:
        return self._ask(
            "delete", list(keys), version, lambda of: of.delete_many(keys, version=version)
        )

    def clear(self) -> Any:
        return self._ask("clear", [], None, lambda of: of.clear())


_WRITES = frozenset({"add", "set", "touch", "delete", "incr"})
