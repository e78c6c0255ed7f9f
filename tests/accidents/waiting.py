"""Work that waits for a sign of the test: a page under the portal's own web server, and a task under its worker."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from voucher_portal.celery import app

SECONDS_MAX = 60


def wait_for_sign() -> None:
    """Say that work has begun, go on when the test says so, say that it has ended."""
    folder = Path(os.environ["WAITING_FOLDER"])
    (folder / "begun").touch()
    until = time.monotonic() + SECONDS_MAX
    while not (folder / "go-on").exists() and time.monotonic() < until:
        time.sleep(0.02)
    (folder / "ended").touch()


@app.task(name="tests.wait")
def wait() -> None:
    """The task."""
    wait_for_sign()


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """The portal, with one page more."""
    if environ["PATH_INFO"] == "/wait/":
        wait_for_sign()
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answered"]
    from voucher_portal.wsgi import application as portal

    return portal(environ, start_response)
