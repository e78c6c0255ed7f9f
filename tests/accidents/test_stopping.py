"""SIGTERM, as from docker compose or systemd: what was taken is finished, then the process goes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.services import free_port
from tests.accidents.test_redis import Server

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 60

pytestmark = pytest.mark.once


def await_that(what: object, holds) -> None:  # type: ignore[no-untyped-def]
    until = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < until, f"never: {what}"
        time.sleep(0.02)


@contextmanager
def begun(folder: Path, *command: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, *command],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_ENV": "development",
            "LOG_LEVEL": "ERROR",
            "DATABASE_URL": f"sqlite:////{str(folder / 'db.sqlite3').lstrip('/')}",
            "WAITING_FOLDER": str(folder),
            **environment,
        },
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_the_web_server_answers_what_it_has_taken(tmp_path: Path) -> None:
    port, answers = free_port(), []

    def ask(path: str) -> bytes:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=SECONDS_MAX) as page:
            return bytes(page.read())

    def is_up() -> bool:
        try:
            return ask("/healthz") == b"ok\n"
        except OSError:
            return False

    granian = ["-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2"]
    granian += ["--blocking-threads", "3", "--log-level", "error"]
    with begun(tmp_path, *granian, "tests.accidents.waiting:application") as server:
        await_that("the server answers", is_up)
        client = threading.Thread(target=lambda: answers.append(ask("/wait/")))
        client.start()
        await_that("the request is being worked on", (tmp_path / "begun").exists)
        server.send_signal(signal.SIGTERM)
        # New ones are turned away, or not taken at all, while the old one goes on.
        await_that("the server takes no more", lambda: not is_up())
        assert server.poll() is None
        (tmp_path / "go-on").touch()
        client.join(SECONDS_MAX)
        assert answers == [b"answered"]
        assert server.wait(SECONDS_MAX) == 0


@pytest.mark.skipif(shutil.which("redis-server") is None, reason="redis-server is not installed")
def test_the_worker_finishes_the_job_it_does(tmp_path: Path) -> None:
    redis = Server(tmp_path)
    redis.begin()
    try:
        celery = ["-m", "celery", "--app", "tests.accidents.waiting", "worker"]
        celery += ["--concurrency", "2", "--loglevel", "ERROR"]
        with begun(tmp_path, *celery, REDIS_URL=redis.url) as worker:
            with begun(
                tmp_path,
                "-c",
                "from tests.accidents.waiting import wait; wait.apply_async()",
                REDIS_URL=redis.url,
            ) as beat:
                assert beat.wait(SECONDS_MAX) == 0
            await_that("the task is being done", (tmp_path / "begun").exists)
            worker.send_signal(signal.SIGTERM)
            with pytest.raises(subprocess.TimeoutExpired):
                worker.wait(1)
            (tmp_path / "go-on").touch()
            assert worker.wait(SECONDS_MAX) == 0
        assert (tmp_path / "ended").exists()
    finally:
        redis.tell(signal.SIGKILL)


def test_the_loop_of_jobs_ends_between_two_runs(tmp_path: Path) -> None:
    """Without Redis: ``run_due_jobs --every`` ends by itself when asked to, and not in the middle."""
    play = (
        "import django; django.setup();"
        "from tests.accidents.waiting import wait_for_sign; from voucher_portal import jobs;"
        "import voucher_portal.management.commands.run_due_jobs as command;"
        "command.run_jobs = lambda at: wait_for_sign() or {};"
        "from django.core.management import call_command; call_command('run_due_jobs', every=600);"
        "print('ended in good order')"
    )
    setting = {"DJANGO_SETTINGS_MODULE": "voucher_portal.settings"}
    with begun(tmp_path, "-c", play, **setting) as loop:
        await_that("the jobs run", (tmp_path / "begun").exists)
        loop.send_signal(signal.SIGTERM)
        with pytest.raises(subprocess.TimeoutExpired):
            loop.wait(0.5)
        (tmp_path / "go-on").touch()
        assert loop.wait(SECONDS_MAX) == 0
    assert (tmp_path / "ended").exists()
