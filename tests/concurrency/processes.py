"""Running calls in processes of their own, and killing one at a chosen point."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from foundation.errors import Refusal

DONE, REFUSED, BROKEN = 0, 1, 2
_INHERITED: list[BaseDatabaseWrapper] = []


def _fork(call: Callable[[], Any]) -> int:
    """Start ``call`` in a child with connections of its own; its exit status tells how it went."""
    connections.close_all()  # a connection must not be shared with the child
    child = os.fork()
    if child:
        return child
    # Where a loop ran (a browser's), the close above did not see what was opened before it, and the child does.
    # Let go of, not closed: that would say goodbye to the server in the parent's name.
    for inherited in connections.all(initialized_only=True):
        _INHERITED.append(inherited)
        del connections[inherited.alias]
    status = BROKEN
    try:
        status = DONE if call() else REFUSED
    except Refusal:
        status = REFUSED
    except BaseException:
        traceback.print_exc()
    finally:
        connections.close_all()
        os._exit(status)


def in_processes(*calls: Callable[[], Any]) -> list[int]:
    """How each call ended, all run at the same time: DONE, REFUSED (or nothing to do) or BROKEN."""
    children = [_fork(call) for call in calls]
    return [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]


def killed_at(target: str, call: Callable[[], Any]) -> None:
    """Run ``call`` in a process that is killed (SIGKILL) the moment it enters the function at ``target``."""

    def die(*args: Any, **kwargs: Any) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    with patch(target, die):
        child = _fork(call)
        status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL, (
        "it never came to the point"
    )
