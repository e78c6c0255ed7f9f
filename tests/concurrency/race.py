"""Running calls at the same time, each on a database connection of its own.

``race`` lets threads meet at a *meeting point*: a function that the operation calls between reading and writing is
wrapped so that each thread waits there for the others before it goes on. Without a lock all of them have read before
any writes, and the race is lost every time; with the lock only one gets there at a time, the waiting runs into its
short limit, and the operation goes on alone. So a test needs no luck to see a race, and no sleep.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.models import QuerySet

MEETING_SECONDS_MAX = 0.4


@contextmanager
def meeting(target: str, parties: int) -> Iterator[None]:
    """Wrap the function at dotted path ``target`` so that ``parties`` threads wait there for each other."""
    module, _, name = target.rpartition(".")
    original = getattr(__import__(module, fromlist=[name]), name)
    barrier = threading.Barrier(parties)

    def wrapped(*args: Any, **kwargs: Any) -> Any:
        with suppress(threading.BrokenBarrierError):
            barrier.wait(timeout=MEETING_SECONDS_MAX)
        return original(*args, **kwargs)

    with patch(target, wrapped):
        yield


def race(
    *calls: Callable[[], Any],
    meet_at: str = "",
    locks: bool = True,
    without: dict[str, Any] | None = None,
) -> list[Any]:
    """The results of the calls run at once, an exception standing for the result of a call that raised it.

    ``meet_at``: dotted path of the function between reading and writing. For the control that shows the race:
    ``locks=False`` takes every row lock away (no SELECT … FOR UPDATE), ``without`` replaces other locks as
    {dotted path: replacement}.
    """
    results: list[Any] = [None] * len(calls)
    start = threading.Barrier(len(calls))

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=10)
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    with ExitStack() as stack:
        if not locks:
            nothing = patch.object(QuerySet, "select_for_update", lambda self, **kwargs: self.all())
            stack.enter_context(nothing)
        for target, replacement in (without or {}).items():
            stack.enter_context(patch(target, replacement))
        if meet_at:
            stack.enter_context(meeting(meet_at, len(calls)))
        threads = [
            threading.Thread(target=run, args=(index, call), daemon=True)
            for index, call in enumerate(calls)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
    assert not any(thread.is_alive() for thread in threads), "a call hangs: deadlock?"
    return results


def succeeded(results: list[Any]) -> list[Any]:
    """The results that are no exceptions and say that something was done."""
    return [result for result in results if result and not isinstance(result, Exception)]


def overtake(
    slow: Callable[[], Any],
    fast: Callable[[], Any],
    *,
    pause_at: str,
    locks: bool = True,
    without: dict[str, Any] | None = None,
) -> list[Any]:
    """Results of [slow, fast], where ``slow`` pauses on entering ``pause_at`` until ``fast`` has ended.

    When a lock that ``slow`` holds keeps ``fast`` from ending, ``slow`` goes on after the short limit.
    """
    arrived, over = threading.Event(), threading.Event()
    module, _, name = pause_at.rpartition(".")
    original = getattr(__import__(module, fromlist=[name]), name)

    def pausing(*args: Any, **kwargs: Any) -> Any:
        if not arrived.is_set():
            arrived.set()
            over.wait(timeout=MEETING_SECONDS_MAX)
        return original(*args, **kwargs)

    def second() -> Any:
        assert arrived.wait(timeout=10), "the slow call never came to the pause"
        try:
            return fast()
        finally:
            over.set()

    return race(slow, second, locks=locks, without={**(without or {}), pause_at: pausing})
