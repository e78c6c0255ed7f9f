"""Keeps real answers as the examples of the API's description (voucher_portal/api_examples.json):

    .venv/bin/python -m pytest -p tests.api.examples tests/api tests/access/test_matrix.py -m "not once"

Of each operation the fullest good answer is kept, its lists cut down to one entry.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from voucher_portal.api_examples import FILE, name_of

FIRST_REFUSAL = 300
_ask = Client.request
_fullest: dict[str, Any] = {}


def _ask_and_keep(self: Client, **request: Any) -> Any:
    answer = _ask(self, **request)
    path: str = request["PATH_INFO"]
    good = answer.status_code < FIRST_REFUSAL and answer.headers["Content-Type"] == (
        "application/json"
    )
    if good and path.startswith("/api/v1/"):
        name = name_of(request["REQUEST_METHOD"], f"/{answer.resolver_match.route}")
        before = _fullest.get(name)
        if before is None or len(answer.content) > len(before.content):
            _fullest[name] = answer
    return answer


def short(told: Any) -> Any:
    """The same with at most one entry in each list."""
    if isinstance(told, list):
        return [short(one) for one in told[:1]]
    if isinstance(told, dict):
        return {key: short(value) for key, value in told.items()}
    return told


def pytest_configure() -> None:
    Client.request = _ask_and_keep  # type: ignore[method-assign]


def pytest_sessionfinish(session: pytest.Session) -> None:
    kept = {name: short(_fullest[name].json()) for name in sorted(_fullest)}
    FILE.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
