"""Health, readiness, and what stands in the logs."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.test import Client

from tests import build
from tests.foundation.build import PASSWORD, id_number, party
from voucher_portal import health
from voucher_portal.logs import LineFormatter, without_personal_data


def test_a_living_process_says_so_under_any_host(client: Client, settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    page = client.get("/healthz", headers={"host": "10.0.0.3:8000"})
    assert (page.status_code, page.content) == (200, b"ok\n")
    assert not page.cookies
    assert client.post("/healthz").status_code == 405


@pytest.mark.django_db
class TestReadiness:
    def test_all_is_well(self, client: Client) -> None:
        page = client.get("/readyz")
        assert page.status_code == 200
        assert page.json()["checks"] == dict.fromkeys(health.CHECKS, "ok")
        assert page["Cache-Control"] == "no-store"

    def test_strangers_learn_only_whether(self, client: Client) -> None:
        assert client.get("/readyz", REMOTE_ADDR="203.0.113.9").json() == {"ready": True}
        assert client.get("/readyz", REMOTE_ADDR="").json() == {"ready": True}

    @pytest.mark.parametrize("name", list(health.CHECKS))
    def test_each_fault_is_named_without_its_secrets(
        self, client: Client, monkeypatch: pytest.MonkeyPatch, name: str
    ) -> None:
        def fails() -> str:
            raise OSError("postgres://portal:secret@db")

        monkeypatch.setitem(health.CHECKS, name, fails)
        ready = name in health.DISPENSABLE
        page = client.get("/readyz")
        assert page.status_code == (200 if ready else 503)
        assert page.json()["checks"][name] == "OSError"
        assert b"secret" not in page.content
        assert client.get("/readyz", REMOTE_ADDR="203.0.113.9").json() == {"ready": ready}

    def test_a_store_that_is_down_is_seen(
        self, client: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def down(name: str) -> bool:
            raise OSError

        monkeypatch.setattr(default_storage, "exists", down)
        assert client.get("/readyz").json()["checks"]["store"] == "OSError"

    def test_a_migration_that_is_missing_is_seen(self, client: Client) -> None:
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_migrations WHERE app = 'audit'")
        assert "not applied" in client.get("/readyz").json()["checks"]["migrations"]


def line_of(record: logging.LogRecord) -> dict[str, Any]:
    return json.loads(LineFormatter().format(record))


@pytest.mark.django_db
class TestLogs:
    @pytest.fixture
    def lines(self, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
        caplog.set_level(logging.INFO, "voucher_portal.access")
        return caplog

    def test_a_request_is_one_line_by_its_route(
        self, client: Client, lines: pytest.LogCaptureFixture
    ) -> None:
        page = client.get("/publicity/objections/abcdefgh/?text=张三", follow=True)
        found = [line_of(one) for one in lines.records if one.name == "voucher_portal.access"]
        assert found[0]["route"] == "publicity/objections/<str:receipt>/"
        assert found[0]["status"] == page.status_code
        assert "abcdefgh" not in str(found[0])
        assert "张三" not in str(found[0])

    def test_the_answer_carries_the_number_and_keeps_a_sound_one(self, client: Client) -> None:
        assert len(client.get("/help/")["X-Request-ID"]) == 16
        given = client.get("/help/", headers={"X-Request-ID": "edge-0123456789"})
        assert given["X-Request-ID"] == "edge-0123456789"
        for bad in ("x", "a" * 65, "abc\ndefghijkl", "<script>alert</script>"):
            assert client.get("/help/", headers={"X-Request-ID": bad})["X-Request-ID"] != bad

    def test_lines_of_one_request_carry_its_number(
        self, client: Client, lines: pytest.LogCaptureFixture
    ) -> None:
        written: list[str] = []
        handler = logging.StreamHandler(
            type(
                "Out", (), {"write": lambda _, text: written.append(text), "flush": lambda _: None}
            )()
        )
        handler.setFormatter(LineFormatter())
        logging.getLogger("voucher_portal.access").addHandler(handler)
        try:
            number = client.get("/help/")["X-Request-ID"]
        finally:
            logging.getLogger("voucher_portal.access").removeHandler(handler)
        assert json.loads("".join(written))["request"] == number

    @pytest.mark.rule("F5")
    def test_the_account_is_a_number(self, client: Client, lines: pytest.LogCaptureFixture) -> None:
        account = party()
        client.post("/login/", {"username": account.username, "password": PASSWORD})
        client.get("/messages/")
        said = [line_of(one) for one in lines.records if one.name == "voucher_portal.access"]
        assert account.username not in str(said)
        assert PASSWORD not in str(said)

    def test_who_applies_stands_in_the_line_too(
        self, client: Client, lines: pytest.LogCaptureFixture
    ) -> None:
        batch, enterprise = build.batch(), build.enterprise()
        with time_machine.travel(batch.opens_at, tick=False):
            client.force_login(enterprise.account)
            client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"})
        (said,) = [line_of(one) for one in lines.records if one.name == "voucher_portal.access"]
        assert (said["status"], said["account"]) == (302, enterprise.account.pk)


@pytest.mark.rule("F5")
def test_numbers_of_people_are_struck_out() -> None:
    number = id_number(77)
    try:
        raise ValueError(f"bad {number}")
    except ValueError:
        import sys

        record = logging.getLogger("x").makeRecord(
            "x", logging.ERROR, __file__, 1, "call %s", ("13812345678",), sys.exc_info()
        )
    text = LineFormatter().format(record)
    assert number not in text
    assert "13812345678" not in text
    assert "138***" in text


@pytest.mark.parametrize(
    "kept",
    [
        "order 12345678901",
        "91440101MA0000001X",
        "1:2026-11-27T07:40:54.146",
        "0.13812345678",
        "a" * 64,
    ],
)
def test_other_numbers_stay(kept: str) -> None:
    assert without_personal_data(kept) == kept
