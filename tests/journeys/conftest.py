"""A walker for the journeys."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.journeys.walker import Walker


@pytest.fixture
def walker(page: Page, live_server) -> Iterator[Walker]:
    """A browser at the running portal, 1440 px wide."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.set_default_timeout(15_000)
    made = Walker(page, live_server.url)
    yield made
    made.rest()
