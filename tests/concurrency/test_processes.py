"""Several processes at once, on both engines, and a worker that is killed in the middle of a mass job."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection

from foundation.audit.models import AuditEntry
from foundation.notices.models import Message, Notice
from tests import build
from tests.concurrency.processes import BROKEN, DONE, REFUSED, in_processes, killed_at
from vouchers.models import Allocation, Application, LedgerEntry, ResultList, Voucher
from vouchers.operations.applying import submit_application
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import reclaim_batch, return_voucher
from vouchers.reconciliation import breaks

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.rule("B2", "B3", "B4")
def test_four_processes_apply_at_once():
    batch = build.batch(amount=Decimal(60_000))
    crowd = [[build.enterprise() for _ in range(3)] for _ in range(4)]

    def apply_for(enterprises):
        def call():
            for enterprise in enterprises:
                submit_application(
                    by=build.actor(enterprise.account),
                    at=batch.opens_at,
                    batch_pk=batch.pk,
                    amount=Decimal(5000),
                )
            return True

        return call

    assert in_processes(*(apply_for(enterprises) for enterprises in crowd)) == [DONE] * 4
    assert Application.objects.count() == 12
    build.decide(batch)
    assert sum(Voucher.objects.values_list("amount", flat=True)) == 60_000
    assert not list(breaks())


@pytest.mark.rule("V2", "V3")
def test_four_processes_want_the_same_free_balance():
    voucher = build.voucher()

    def give_back():
        return return_voucher(
            by=build.actor(voucher.enterprise.account),
            at=build.RESULTS,
            voucher=voucher,
            amount=Decimal(8000),
        )

    ended = in_processes(*[give_back] * 4)
    assert (ended.count(DONE), ended.count(REFUSED), ended.count(BROKEN)) == (2, 2, 0)
    voucher.refresh_from_db()
    assert (voucher.free, voucher.returned) == (4000, 16000)
    assert not list(breaks())


@pytest.mark.rule("B6", "B7", "V4")
def test_four_processes_start_each_job_at_once():
    batch = build.batch(amount=Decimal(30_000))
    for _ in range(3):
        build.apply(batch, build.enterprise(), in_flight=True)
    late = batch.usage_ends_at + timedelta(minutes=6)
    for job in (
        lambda: rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk),
        lambda: publish_results(by=build.JOB, at=build.RESULTS, batch_pk=batch.pk),
        lambda: reclaim_batch(by=build.JOB, at=late, batch_pk=batch.pk) > 0,
    ):
        ended = in_processes(*[job] * 4)
        assert (ended.count(DONE), ended.count(BROKEN)) == (1, 0)
    assert LedgerEntry.objects.filter(kind="reclaim").count() == 2
    assert not list(breaks())


@pytest.mark.rule("B6", "B7", "V4")
@pytest.mark.parametrize(
    ("job", "point"),
    [
        ("rank", "vouchers.operations.ranking.record"),
        ("publish", "vouchers.operations.publishing.issue_vouchers"),
        ("publish", "vouchers.operations.publishing.tell_results"),
        ("publish", "vouchers.operations.publishing.publish_notice"),
        ("reclaim", "vouchers.operations.reclaiming.record"),
    ],
)
def test_a_job_killed_in_the_middle_ends_as_if_nothing_had_happened(job, point):
    batch = build.batch(amount=Decimal(30_000))
    for _ in range(3):
        build.apply(batch, build.enterprise(), in_flight=True)
    late = batch.usage_ends_at + timedelta(minutes=6)
    steps = {
        "rank": lambda: rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk),
        "publish": lambda: publish_results(by=build.JOB, at=build.RESULTS, batch_pk=batch.pk),
        "reclaim": lambda: reclaim_batch(by=build.JOB, at=late, batch_pk=batch.pk) > 0,
    }
    for name, step in steps.items():
        if name == job:
            killed_at(point, step)
        assert step() is True
        assert step() is False
    assert sorted(Voucher.objects.values_list("amount", "reclaimed")) == [
        (10_000, 10_000),
        (20_000, 20_000),
    ]
    assert Allocation.objects.count() == 3
    assert ResultList.objects.count() == 1
    assert Message.objects.filter(event__startswith="result_").count() == 3
    assert Notice.objects.filter(kind="results").count() == 1
    for action in ("rank_batch", "publish_results", "reclaim_batch"):
        assert AuditEntry.objects.filter(action=action).count() == 1
    assert not list(breaks())


def test_children_inherit_no_connection_that_a_running_loop_hides() -> None:
    """Where a loop runs (a browser's), Django keeps connections elsewhere: the one from before is not seen by a close."""
    settled: list[list[int]] = []

    async def fork() -> None:
        settled.append(in_processes(*[lambda: connection.connection is None] * 2))

    def opened_before_the_loop() -> None:
        connection.ensure_connection()
        asyncio.run(fork())
        connection.close()

    thread = Thread(target=opened_before_the_loop)
    thread.start()
    thread.join()

    assert settled == [[DONE, DONE]]
