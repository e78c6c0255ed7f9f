"""A program that calls the API with a token."""

from __future__ import annotations

import json
from datetime import datetime
from itertools import count
from typing import Any

import time_machine
from django.http import HttpResponse
from django.test import Client

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.accounts.sessions import is_staff_account
from foundation.api.operations import make_token
from foundation.api.problems import MEDIA_TYPE

_keys = count(1)


class Program:
    """Calls as one account, at the moment it is told; every write gets a key of its own unless one is given."""

    def __init__(self, account: User | None, at: datetime) -> None:
        self.client = Client(raise_request_exception=False)
        self.at = at
        self.text = ""
        if account is not None:
            days = 90 if is_staff_account(account) else 365
            _, self.text = make_token(by=Actor(user=account), at=at, name="测试", days=days)

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self.call("get", path, None, headers)

    def post(self, path: str, body: Any = None, *, key: str | None = None, **headers: str) -> Any:
        return self.call("post", path, body or {}, headers, key=key)

    def put(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> Any:
        return self.call("put", path, body, headers, key=key)

    def upload(self, path: str, *, key: str | None = None, **form: Any) -> Any:
        with time_machine.travel(self.at, tick=False):
            return self.client.post(f"/api/v1/{path}", form, headers=self.headers({}, key))

    def call(
        self,
        method: str,
        path: str,
        body: Any,
        headers: dict[str, str] | None = None,
        *,
        key: str | None = None,
    ) -> HttpResponse:
        sent: dict[str, Any] = {}
        if body is not None:
            text = body if isinstance(body, str | bytes) else json.dumps(body)
            sent = {"data": text, "content_type": "application/json"}
        else:
            key = ""
        with time_machine.travel(self.at, tick=False):
            return getattr(self.client, method)(
                f"/api/v1/{path}", **sent, headers=self.headers(headers, key)
            )

    def headers(
        self, headers: dict[str, str] | None = None, key: str | None = None
    ) -> dict[str, str]:
        made = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        if self.text:
            made["Authorization"] = f"Bearer {self.text}"
        if key != "":
            made["Idempotency-Key"] = key or f"test-{next(_keys)}"
        return made


def problem(response: HttpResponse, status: int, slug: str) -> dict[str, Any]:
    """The problem that an answer carries; it must be of this kind."""
    assert response.status_code == status, response.content.decode()
    assert response["Content-Type"] == MEDIA_TYPE
    body: dict[str, Any] = response.json()
    assert body["type"] == f"/api/v1/problems/#{slug}"
    assert body["status"] == status and body["title"] and body["detail"]
    return body
