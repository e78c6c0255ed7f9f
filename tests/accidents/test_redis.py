"""Redis is lost while people act: pages and jobs go on, sessions hold, and nothing old comes back with it."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import time_machine
from django.core.cache import caches
from django.db import connection
from django.test import Client

from bench.services import free_port
from foundation.jobs.models import JobRun
from tests import build
from tests.foundation.build import PASSWORD, party
from vouchers.models import Application

ROOT = Path(__file__).resolve().parents[2]
ANSWER_SECONDS = 0.3
START_SECONDS_MAX = 60

pytestmark = pytest.mark.skipif(
    shutil.which("redis-server") is None, reason="redis-server is not installed"
)


class Server:
    """A Redis of the test's own, that can be killed, begun again, and made to hang."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def begin(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1"]
        self.process = subprocess.Popen(
            [*command, "--dir", str(self.folder), "--save", "", "--appendonly", "yes"],
            stdout=subprocess.DEVNULL,
        )
        until = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < until:
            try:
                redis.Redis(port=self.port).ping()
                return
            except redis.exceptions.RedisError:
                time.sleep(0.02)
        raise AssertionError("redis-server does not start")

    def tell(self, how: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(how)
        if how == signal.SIGKILL:
            self.process.wait()
            self.process = None


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path)
    made.begin()
    yield made
    if made.process is not None:
        made.tell(signal.SIGKILL)


@pytest.fixture
def cached(server: Server, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Server:
    """The settings of production where Redis is, with shorter waits."""
    monkeypatch.setattr("voucher_portal.outages.LEFT_ALONE_SECONDS", 0.0)
    backend = {
        "BACKEND": "voucher_portal.outages.OutageCache",
        "LOCATION": server.url,
        "KEY_PREFIX": f"portal{server.port}",
    }
    waits = {"socket_timeout": ANSWER_SECONDS, "socket_connect_timeout": ANSWER_SECONDS}
    settings.CACHES = {
        **settings.CACHES,
        "default": {**backend, "OPTIONS": {"stand_in": "memory", **waits}},
        "sessions": {
            **backend,
            "OPTIONS": {"stand_in": "nothing", "keep_seconds": 1800, **waits},
        },
    }
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
    settings.SESSION_CACHE_ALIAS = "sessions"
    return server


def sign_in(client: Client, username: str) -> int:
    page = client.post("/login/", {"username": username, "password": PASSWORD})
    return page.status_code


HOW_LOST = [signal.SIGKILL, signal.SIGSTOP]


@pytest.mark.django_db
@pytest.mark.parametrize("how", HOW_LOST)
@pytest.mark.rule("B2")
def test_pages_go_on_and_acts_are_done(cached: Server, client: Client, how: signal.Signals) -> None:
    batch, enterprise = build.batch(), build.enterprise()
    account = enterprise.account
    account.set_password(PASSWORD)
    account.save()
    with time_machine.travel(batch.opens_at, tick=False):
        assert sign_in(client, account.username) == 302
        assert client.get("/vouchers/").status_code == 200
        cached.tell(how)
        assert client.get("/").status_code == 200
        assert client.get("/vouchers/").status_code == 200, "the session is in the database, too"
        page = client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"})
        assert page.status_code == 302
        assert page["Location"].startswith("/vouchers/applications/")
        other = Client()
        assert sign_in(other, account.username) == 302, "and new sessions begin"
        assert other.get("/vouchers/").status_code == 200
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["cache"]) == (200, "does not answer")
    assert Application.objects.get().enterprise == enterprise
    if how == signal.SIGSTOP:
        cached.tell(signal.SIGCONT)


@pytest.mark.django_db
@pytest.mark.parametrize("how", HOW_LOST)
def test_who_left_meanwhile_is_not_let_in_by_an_old_copy(
    cached: Server, client: Client, how: signal.Signals
) -> None:
    account = party()
    sign_in(client, account.username)
    assert client.get("/messages/").status_code == 200, "its session is in Redis now"
    thief = Client()
    thief.cookies = client.cookies.copy()
    assert thief.get("/messages/").status_code == 200
    cached.tell(how)
    assert client.post("/logout/").status_code == 302
    assert thief.get("/messages/").status_code == 302
    cached.begin() if how == signal.SIGKILL else cached.tell(signal.SIGCONT)
    assert thief.get("/messages/").status_code == 302
    assert sign_in(Client(), account.username) == 302
    assert client.get("/readyz").json()["checks"]["cache"] == "ok"


@pytest.mark.django_db
def test_guessing_is_slowed_down_all_the_same(cached: Server, client: Client) -> None:
    account = party()
    cached.tell(signal.SIGKILL)
    for _ in range(6):
        client.post("/login/", {"username": account.username, "password": "wrong-guess"})
    page = client.post("/login/", {"username": account.username, "password": PASSWORD})
    assert page.status_code != 302


def test_what_was_counted_meanwhile_does_not_come_back(cached: Server) -> None:
    cache = caches["default"]
    cache.set("a", 1)
    cached.tell(signal.SIGKILL)
    cache.set("a", 2)
    cache.set("b", 1)
    assert (cache.get("a"), cache.incr("b")) == (2, 2)
    assert cache.is_away
    cached.begin()
    assert (cache.get("a"), cache.get("b")) == (None, None)
    assert not cache.is_away


@pytest.mark.django_db(transaction=True)
def test_the_worker_waits_for_its_queue_and_goes_on(server: Server, tmp_path: Path) -> None:
    """A real worker loses its queue, waits, and does the jobs again when it is back."""
    known = connection.settings_dict
    url = (
        f"sqlite:////{str(known['NAME']).lstrip('/')}"
        if connection.vendor == "sqlite"
        else f"postgres://{known['USER']}@/{known['NAME']}?host={known['HOST']}"
    )
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "development",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": url,
        "REDIS_URL": server.url,
        "FILE_ROOT": str(tmp_path / "files"),
        "SEAL_WITNESS": str(tmp_path / "witness.log"),
    }
    put = "from voucher_portal.jobs import run_due; run_due.apply_async(expires=30)"

    def nudge() -> int:
        ran = subprocess.run(
            [sys.executable, "-c", f"import django; django.setup(); {put}"],
            cwd=ROOT,
            env={**environment, "DJANGO_SETTINGS_MODULE": "voucher_portal.settings"},
            capture_output=True,
            timeout=60,
        )
        return ran.returncode

    def runs() -> int:
        run = JobRun.objects.filter(name="foundation.audit.tasks.seal_rows").first()
        return run.runs if run else 0

    def await_run(more_than: int) -> None:
        until = time.monotonic() + START_SECONDS_MAX
        while runs() <= more_than:
            assert time.monotonic() < until, (tmp_path / "worker.log").read_text()[-2000:]
            time.sleep(0.2)

    command = [sys.executable, "-m", "celery", "--app", "voucher_portal", "worker"]
    with (tmp_path / "worker.log").open("wb") as log:
        worker = subprocess.Popen(
            [*command, "--concurrency", "1", "--loglevel", "WARNING"],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        assert nudge() == 0
        await_run(more_than=0)
        server.tell(signal.SIGKILL)
        assert nudge() != 0, "what would start the jobs is told at once that the queue is away"
        assert worker.poll() is None
        before = runs()
        server.begin()
        assert nudge() == 0
        await_run(more_than=before)
    finally:
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
