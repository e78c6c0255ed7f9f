"""Optimistic locking: whoever changes something says which version they have read."""

from __future__ import annotations

import hashlib
from typing import Any

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from foundation.api import problems
from foundation.api.problems import Problem

HEADER = "If-Match"
LENGTH = 32


def etag_of(shown: Any) -> str:
    """The version of what an answer shows: a digest of it, so it changes when, and only when, that does."""
    return f'"{hashlib.sha256(JSONRenderer().render(shown)).hexdigest()[:LENGTH]}"'


def asked_version(request: Request) -> str:
    """The version that the caller has read; raises the problem of a missing one."""
    found = request.headers.get(HEADER, "").strip()
    if not found or found == "*":
        raise Problem(problems.MATCH_MISSING)
    return found


def require_same(request: Request, shown: Any) -> None:
    """Raises the problem of a change in between. Call it under the lock under which the change is made."""
    if asked_version(request) != etag_of(shown):
        raise Problem(problems.CHANGED)
