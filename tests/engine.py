"""What the two engines need of the test run: emptying the database between transactional tests."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import TransactionTestCase

from foundation.audit.append_only import lifted
from foundation.regions.models import City


@pytest.fixture(scope="session", autouse=True)
def emptying_the_database() -> Iterator[None]:
    """A transactional test ends with all tables emptied: append-only ones too, and the regions come back.

    Import it into conftest.py.
    """
    flush = TransactionTestCase._fixture_teardown

    def flush_everything(case: Any) -> None:
        with lifted():
            flush(case)
        # Data of migrations went with the rest; every other test counts on the cities.
        if not City.objects.exists():
            import_module("foundation.regions.migrations.0002_guangdong").load(apps, None)

    patch = pytest.MonkeyPatch()
    patch.setattr(TransactionTestCase, "_fixture_teardown", flush_everything)
    yield
    patch.undo()
