"""/metrics: who may read it, what it says, and that the web processes of a node are counted together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from bench.services import free_port
from foundation.jobs.models import JobRun
from foundation.notices.models import OutboxEntry
from foundation.notices.operations import post_message
from tests import build
from tests.foundation.build import AT, party
from voucher_portal import jobs
from voucher_portal.metrics import standing

ROOT = Path(__file__).resolve().parents[1]
TOKEN = "only-for-tests-" * 3


@pytest.fixture
def token(settings) -> dict[str, str]:
    settings.METRICS_TOKEN = TOKEN
    return {"Authorization": f"Bearer {TOKEN}"}


def figures(text: str) -> dict[str, float]:
    """The figures by name and labels, as Prometheus reads them."""
    lines = [line.rpartition(" ") for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _, value in lines}


@pytest.mark.django_db
class TestReaders:
    def test_nobody_unless_it_was_set(self, client: Client) -> None:
        assert client.get("/metrics").status_code == 404
        assert client.get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404

    def test_the_token_opens_under_any_host(self, client: Client, token, settings) -> None:
        settings.SECURE_SSL_REDIRECT = True
        page = client.get("/metrics", headers={**token, "host": "10.0.0.3:8000"})
        assert page.status_code == 200
        assert page["Content-Type"].startswith("text/plain")
        assert page["Cache-Control"] == "no-store"
        assert not page.cookies

    @pytest.mark.parametrize(
        "given", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x"]
    )
    def test_anything_else_meets_404(self, client: Client, token, given: str) -> None:
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 404
        assert client.post("/metrics", headers=token).status_code == 404

    def test_a_network_that_was_let_in(self, client: Client, settings) -> None:
        settings.METRICS_NETWORKS = [ip_network("10.1.0.0/16")]
        assert client.get("/metrics", REMOTE_ADDR="10.1.2.3").status_code == 200
        assert client.get("/metrics", REMOTE_ADDR="10.2.2.3").status_code == 404
        assert client.get("/metrics", REMOTE_ADDR="").status_code == 404


@pytest.mark.django_db
class TestFigures:
    def read(self, client: Client, token: dict[str, str]) -> dict[str, float]:
        return figures(client.get("/metrics", headers=token).content.decode())

    def test_requests_are_counted_by_route(self, client: Client, token) -> None:
        mine = 'portal_requests_total{method="GET",status="200",view="help:index"}'
        before = self.read(client, token).get(mine, 0)
        client.get("/help/?text=张三")
        client.get("/help/")
        after = self.read(client, token)
        assert after[mine] == before + 2
        assert after['portal_request_seconds_count{view="help:index"}'] >= 2

    def test_what_leads_nowhere_has_one_name(self, client: Client, token) -> None:
        for number in range(3):
            client.get(f"/nothing/{number}/13812345678/")
        client.generic("BREW", "/help/")
        text = client.get("/metrics", headers=token).content.decode()
        assert 'view="none"' in text
        assert "13812345678" not in text
        assert "BREW" not in text

    @pytest.mark.rule("B2")
    def test_applications_are_counted_as_they_come(self, client: Client, token) -> None:
        before = self.read(client, token)["portal_applications_total"]
        batch, enterprise = build.batch(), build.enterprise()
        with time_machine.travel(batch.opens_at, tick=False):
            client.force_login(enterprise.account)
            client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"})
            client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"})
            found = self.read(client, token)
        assert found["portal_applications_total"] == before + 1
        assert found["portal_batches_open"] == 1
        assert found["portal_database_queries_total"] > 0

    def test_jobs_tell_when_they_ran_and_how(
        self, client: Client, token, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(at: object) -> int:
            raise OSError("postgres://portal:secret@db")

        monkeypatch.setattr("vouchers.tasks.reclaim_unused", fails)
        with time_machine.travel(AT, tick=False):
            jobs.run_jobs(AT)
            jobs.run_jobs(AT)
        with time_machine.travel(AT + timedelta(minutes=5), tick=False):
            found = self.read(client, token)
        well, bad = ("foundation.notices.tasks.send_outbox", "vouchers.tasks.reclaim_unused")
        assert found[f'portal_job_runs_total{{job="{well}"}}'] == 2
        assert found[f'portal_job_late_seconds{{job="{well}"}}'] == 300
        assert found[f'portal_job_failures_total{{job="{bad}"}}'] == 2
        assert found[f'portal_job_late_seconds{{job="{bad}"}}'] == float("inf")
        assert JobRun.objects.get(name=bad).succeeded_at is None

    def test_the_outbox_tells_how_long_mails_wait(self, client: Client, token) -> None:
        account = party()
        account.email = "someone@example.org"
        account.save()
        OutboxEntry.objects.all().delete()
        post_message(at=AT, to=account.pk, event="password_reset", params={})
        with time_machine.travel(AT + timedelta(hours=1), tick=False):
            found = self.read(client, token)
        assert (found["portal_outbox_waiting"], found["portal_outbox_oldest_seconds"]) == (1, 3600)
        assert "someone" not in client.get("/metrics", headers=token).content.decode()

    def test_a_part_that_cannot_be_read_takes_no_other_with_it(
        self, client: Client, token, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(at: object) -> list:
            raise OSError("redis://:secret@queue")

        monkeypatch.setitem(standing.PARTS, "queue", fails)
        page = client.get("/metrics", headers=token)
        found = figures(page.content.decode())
        assert found['portal_part_readable{part="queue"}'] == 0
        assert found['portal_part_readable{part="outbox"}'] == 1
        assert b"secret" not in page.content


@pytest.mark.django_db(transaction=True)
def test_proofs_tell_their_last_result(client: Client, token) -> None:
    call_command("reconcile", verbosity=0)
    call_command("verify_audit", verbosity=0)
    found = figures(client.get("/metrics", headers=token).content.decode())
    for proof in standing.PROOFS:
        assert found[f'portal_proof_breaks{{proof="{proof}"}}'] == 0
        assert found[f'portal_proof_clean_timestamp_seconds{{proof="{proof}"}}'] > 0


@pytest.mark.once
def test_all_web_processes_of_a_node_are_counted_together(tmp_path: Path) -> None:
    """Two real processes of the web server: whichever answers knows the requests of both."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "PORTAL_ENV": "development",
        "LOG_LEVEL": "ERROR",
        "DATABASE_URL": f"sqlite:////{str(tmp_path / 'db.sqlite3').lstrip('/')}",
        "METRICS_FOLDER": str(tmp_path / "metrics"),
        "METRICS_TOKEN": TOKEN,
    }
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port)),
            *("--workers", "2", "--log-level", "error", "voucher_portal.wsgi:application"),
        ],
        cwd=ROOT,
        env=environment,
        start_new_session=True,
    )
    asked = 0
    try:

        def get(path: str) -> str:
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
            request.add_header("Authorization", f"Bearer {TOKEN}")
            with urllib.request.urlopen(request, timeout=20) as answer:
                return str(answer.read().decode())

        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                get("/healthz")
                break
            except OSError:
                time.sleep(0.1)
        writers: set[str] = set()
        # Connections go to one process or the other as they come: go on until both had some.
        while asked < 200 and len(writers) < 2:
            get("/robots.txt")
            asked += 1
            writers = {path.name for path in (tmp_path / "metrics").glob("counter_*.db")}
        assert len(writers) == 2
        found = figures(get("/metrics"))
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
    assert found['portal_requests_total{method="GET",status="200",view="robots"}'] == asked
