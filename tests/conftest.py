"""Plumbing of the test run: the engine comes from DATABASE_URL (script/test sets it)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection

from tests.browser import system_chromium
from tests.engine import emptying_the_database  # noqa: F401

# Playwright keeps an event loop in the main thread, and Django would refuse every query there.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if connection.vendor == "postgresql":
        return
    for item in items:
        if item.get_closest_marker("postgres"):
            item.add_marker(pytest.mark.skip(reason="needs PostgreSQL: --engine postgres"))


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    yield
    for cache in caches.all():
        cache.clear()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": system_chromium(),
        # Chromium's own sandbox does not work as root, nor in many containers.
        "args": ["--no-sandbox"],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai"}
