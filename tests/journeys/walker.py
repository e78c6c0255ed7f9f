"""A person at a browser: signs in, fills forms by their field names, presses buttons by their words.

On every page that is opened axe looks for violations; with SCREENSHOTS=folder each page is kept as a picture.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import time_machine
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Locator, Page, expect

from foundation.accounts.models import User


class Walker:
    """One browser and a clock that the walk sets."""

    def __init__(self, page: Page, server: str) -> None:
        self.page = page
        self.server = server
        self.travel: Any = None
        self.pictures = 0

    def at(self, moment: datetime) -> None:
        """Set the portal's clock; it goes on from there."""
        self.rest()
        self.travel = time_machine.travel(moment, tick=True)
        self.travel.start()

    def rest(self) -> None:
        """Give the real clock back."""
        if self.travel is not None:
            self.travel.stop()
            self.travel = None

    def open(self, path: str) -> None:
        """Open an address and look at the page."""
        self.page.goto(f"{self.server}{path}")
        self.look()

    def look(self) -> None:
        """No server error, no accessibility violation, and a picture when asked for."""
        expect(self.page.locator("h1").first).to_be_visible()
        assert "系统出错" not in self.page.title()
        found = self._violations()
        assert not found, [(f["id"], f["nodes"][0]["html"]) for f in found] + [self.page.url]
        if folder := os.environ.get("SCREENSHOTS"):
            self.pictures += 1
            name = re.sub(r"\W+", "-", self.page.url.split("/", 3)[3])[:80].strip("-") or "home"
            self.page.screenshot(
                path=str(Path(folder) / f"{self.pictures:02d}-{name}.png"), full_page=True
            )

    def _violations(self) -> Any:
        try:
            return Axe().run(self.page).response["violations"]
        except Error as error:
            if "context was destroyed" not in str(error):
                raise
            # The page that was pressed on had not gone yet: look at the one that comes.
            self.page.wait_for_load_state()
            return Axe().run(self.page).response["violations"]

    def sign_in(self, user: User, then: str) -> None:
        """Leave whoever is signed in, sign in through the login page, and go to ``then``."""
        self.page.context.clear_cookies()
        self.page.goto(f"{self.server}/login/")
        self.fill(username=user.username, password="a long password")
        with self.leaving():
            self.page.locator("main button[type=submit], main input[type=submit]").first.click()
        self.open(then)

    def fill(self, **fields: Any) -> None:
        """Fill fields by name: text, choices, ticks (True), and files (Path)."""
        for name, value in fields.items():
            field = self.page.locator(f'[name="{name.replace("__", "-")}"]')
            kind = field.first.evaluate("e => e.type || e.tagName")
            if value is True:
                field.first.check()
            elif kind == "radio":
                self.page.locator(f'[name="{name}"][value="{value}"]').check()
            elif kind == "file":
                self.upload(field, value)
            elif kind.startswith("select"):
                field.select_option(value)
            else:
                field.fill(str(value))

    def upload(self, field: Locator, value: Any) -> None:
        """Choose files, and wait until they are up."""
        field.set_input_files(value)
        slot = self.page.locator("[data-stage-url]").filter(has=field)
        expect(
            slot.locator("[data-busy]").or_(slot.and_(self.page.locator("[data-busy]")))
        ).to_have_count(0)

    @contextmanager
    def leaving(self) -> Iterator[None]:
        """What is done within leads to another page; at the end that page has come."""
        self.page.evaluate("document.documentElement.dataset.left = ''")
        yield
        expect(self.page.locator("html:not([data-left])")).to_have_count(1)
        self.page.wait_for_load_state()

    def press(self, words: str) -> None:
        """Press the button or follow the link of these words, and look at what comes."""
        target = self.page.get_by_role("button", name=words, exact=True).or_(
            self.page.get_by_role("link", name=words, exact=True)
        )
        with self.leaving():
            target.first.click()
        self.look()

    def press_here(self, words: str) -> None:
        """Press a button that changes the page without leaving it."""
        self.page.get_by_role("button", name=words, exact=True).click()

    def sees(self, *words: str) -> None:
        """The page says these words."""
        for word in words:
            expect(self.page.locator("body")).to_contain_text(word)
