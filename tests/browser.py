"""Where the browser tests find Chromium: one installed on the system, else Playwright's own."""

from __future__ import annotations

import shutil
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def system_chromium() -> str | None:
    """The path of a Chromium on PATH, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def starts() -> bool:
    """Whether a Chromium can really be started here."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            playwright.chromium.launch(
                executable_path=system_chromium(), args=["--no-sandbox"]
            ).close()
    except Error:
        return False
    return True


if __name__ == "__main__":
    sys.exit(0 if starts() else 1)
