"""The database connection breaks in the middle of an act: nothing of it is there, the page says so, and the next one works."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.db import InterfaceError, OperationalError, connection, connections
from django.test import Client

from foundation.audit.models import AuditEntry
from foundation.notices.models import Message, OutboxEntry
from orders.models import Contract, Order
from tests import build
from tests.orders import build as orders
from tests.orders.browsing import contract_data
from voucher_portal.jobs import run_jobs
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Application, LedgerEntry

pytestmark = pytest.mark.django_db(transaction=True)


def break_off() -> None:
    """The server ends this very connection, as when it is restarted or the network is cut."""
    if connection.vendor == "sqlite":
        raise OperationalError("disk I/O error")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def breaking_at(target: str) -> Any:
    """``target``, a function within the transaction, breaks the connection when it has done its work."""
    module, _, name = target.rpartition(".")
    original: Callable[..., Any] = getattr(import_module(module), name)

    def breaking(*args: Any, **kwargs: Any) -> Any:
        original(*args, **kwargs)
        break_off()

    return patch(target, breaking)


def browser(user: Any) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def told_honestly(page: Any) -> None:
    assert page.status_code == 503
    assert page["Retry-After"] == "30"
    text = page.content.decode()
    assert "可能已经办理，也可能没有" in text
    assert "Traceback" not in text
    connections.close_all()  # what the end of a request does outside tests


def counts() -> dict[str, int]:
    models = (Application, Order, Contract, LedgerEntry, AuditEntry, Message, OutboxEntry)
    return {model.__name__: model.objects.count() for model in models}


POINTS = [
    "orders.operations.holding.reserve",
    "orders.operations.placing.record",
    "orders.operations.placing.tell",
]


@pytest.mark.rule("O1", "V2")
@pytest.mark.parametrize("point", POINTS)
def test_an_order_is_whole_or_absent(point: str) -> None:
    scene = orders.scene()
    before = counts()
    client = browser(scene.enterprise.account)
    path, fields = (
        f"/orders/new/{scene.version.pk}/",
        {"voucher": scene.voucher.pk, "expected_amount": "5000"},
    )
    with time_machine.travel(orders.PLACED, tick=False):
        with breaking_at(point):
            told_honestly(client.post(path, fields))
        assert counts() == before
        assert client.post(path, fields).status_code == 302
    scene.order = Order.objects.get()
    orders.assert_books_balance(scene)


@pytest.mark.rule("O3")
def test_a_contract_whose_file_is_kept_already_leaves_no_row() -> None:
    scene = orders.at_step("confirm")
    before = counts()
    client = browser(scene.enterprise.account)
    path = f"/orders/{scene.order.pk}/contract/"
    with time_machine.travel(orders.UPLOADED, tick=False):
        with breaking_at("orders.operations.contracts.move_state"):
            told_honestly(client.post(path, contract_data(scene)))
        assert counts() == before
        assert client.post(path, contract_data(scene)).status_code == 302
    assert Contract.objects.count() == 1


@pytest.mark.rule("B2", "B3")
def test_an_application_is_whole_or_absent() -> None:
    batch, enterprise = build.batch(), build.enterprise()
    before = counts()
    client = browser(enterprise.account)
    point = (
        "vouchers.views.submit_application"
        if connection.vendor == "postgresql"
        else "vouchers.operations.applying._add_demand"
    )
    with time_machine.travel(batch.opens_at, tick=False):
        with patch(point, side_effect=lambda *args, **kwargs: _lost()):
            told_honestly(client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"}))
        assert counts() == before
        page = client.post(f"/vouchers/apply/{batch.pk}/", {"amount": "2000"})
        assert page.status_code == 302
    assert Application.objects.get().amount == Decimal(2000)
    assert not list(all_breaks())


def _lost() -> None:
    break_off()
    Application.objects.exists()


def test_a_job_that_loses_its_connection_takes_no_other_with_it() -> None:
    batch = build.batch(amount=Decimal(30_000))
    for _ in range(2):
        build.apply(batch, build.enterprise(), in_flight=True)
    with breaking_at("vouchers.operations.ranking.record"):
        done = run_jobs(build.RANKING)
    assert done["vouchers.tasks.rank_closed_batches"] is None
    assert done["foundation.audit.tasks.seal_rows"] is not None, "a later job of the same run"
    batch.refresh_from_db()
    assert batch.state == "announced"
    assert run_jobs(build.RANKING)["vouchers.tasks.rank_closed_batches"] == 1
    assert not list(all_breaks())


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_every_page_says_so_while_the_database_is_away(error: type[Exception]) -> None:
    client = browser(build.enterprise().account)
    with patch("django.contrib.sessions.backends.db.SessionStore.load", side_effect=error("away")):
        page = client.get("/vouchers/")
    told_honestly(page)
    assert client.get("/healthz").status_code == 200


def test_other_errors_stay_what_they_are() -> None:
    client = browser(build.enterprise().account)
    with patch("vouchers.views.WalletView.get", side_effect=ValueError("ours")):
        page = client.get("/vouchers/")
    assert page.status_code == 500
    assert "问题已被记录" in page.content.decode()
