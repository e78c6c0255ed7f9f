"""Races over batches, caps and vouchers, on real parallel connections, each with its control."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from foundation.errors import Refusal
from tests import build
from tests.concurrency.race import MEETING_SECONDS_MAX, overtake, race, succeeded
from vouchers.models import Allocation, Application, DemandShard, EnterpriseAllowance, Voucher
from vouchers.operations.applying import submit_application
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.operations.reclaiming import reclaim_batch, return_voucher
from vouchers.queries import demand_of
from vouchers.reconciliation import breaks

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def submit(enterprise, batch, amount):
    actor = build.actor(enterprise.account)
    return lambda: submit_application(
        by=actor, at=batch.opens_at, batch_pk=batch.pk, amount=Decimal(amount)
    )


@pytest.fixture(params=["at once", "in steps"])
def between(request, monkeypatch):
    """Where submissions can meet between reading and writing, for each of the two ways of writing."""
    if request.param == "at once":
        return "vouchers.operations.applying.enter_at_once"
    monkeypatch.setattr("vouchers.operations.applying.writes_at_once", lambda: False)
    return "vouchers.operations.applying._count_against_cap"


@pytest.mark.rule("B4", "B6")
def test_last_money_in_a_batch_nobody_wrongly_refused_and_never_more_granted(between):
    batch = build.batch(amount=Decimal(20000))
    applicants = [build.enterprise() for _ in range(6)]
    results = race(
        *(submit(applicant, batch, 20000) for applicant in applicants),
        meet_at=between,
    )
    assert len(succeeded(results)) == 6, (
        "each read the demand before any had committed: none may be refused"
    )
    assert demand_of(batch).other == 120000
    build.decide(batch)
    first = Application.objects.order_by("pk").first()
    assert [v.enterprise_id for v in Voucher.objects.all()] == [first.enterprise_id]
    late = race(submit(build.enterprise(), batch, 100))
    assert isinstance(late[0], Refusal)
    assert not list(breaks())


@pytest.mark.rule("B2", "B3")
def test_yearly_cap_over_two_batches(between):
    programme = build.programme()
    first, second = build.batch(programme), build.batch(programme)
    enterprise = build.enterprise()
    results = race(
        submit(enterprise, first, 15000),
        submit(enterprise, second, 15000),
        meet_at=between,
    )
    assert len(succeeded(results)) == 1
    assert sum(isinstance(result, Refusal) for result in results) == 1
    assert EnterpriseAllowance.objects.get().applied == 15000
    assert not list(breaks())


@pytest.mark.rule("B3")
def test_control_a_cap_that_is_read_and_then_written_is_broken():
    """The same race with the conditional update replaced by read, check, write."""
    programme = build.programme()
    first, second = build.batch(programme), build.batch(programme)
    enterprise = build.enterprise()
    EnterpriseAllowance.objects.create(
        enterprise=enterprise, programme=programme, cap=programme.enterprise_cap
    )

    results = race(
        submit(enterprise, first, 15000),
        submit(enterprise, second, 15000),
        meet_at="tests.concurrency.test_vouchers.write_allowance",
        without={
            "vouchers.operations.applying.writes_at_once": lambda: False,
            "vouchers.operations.applying._count_against_cap": naive_count,
        },
    )
    assert len(succeeded(results)) == 2
    assert list(breaks()), "the test sees the race when the lock is away"


def naive_count(enterprise_pk, batch, amount):
    own = EnterpriseAllowance.objects.get(enterprise_id=enterprise_pk)
    assert own.left >= amount
    write_allowance(own, own.applied + amount)


def write_allowance(own, applied):
    EnterpriseAllowance.objects.filter(pk=own.pk).update(applied=applied)


@pytest.mark.rule("B2")
def test_one_application_per_batch_however_often_it_is_sent(between):
    batch, enterprise = build.batch(), build.enterprise()
    results = race(
        *(submit(enterprise, batch, 100) for _ in range(4)),
        meet_at=between,
    )
    assert len(succeeded(results)) == 1
    assert sum(isinstance(result, Refusal) for result in results) == 3
    assert (Application.objects.count(), EnterpriseAllowance.objects.get().applied) == (1, 100)
    assert not list(breaks())


def returning(voucher, amount):
    actor = build.actor(voucher.enterprise.account)
    return lambda: return_voucher(
        by=actor, at=build.RESULTS, voucher=voucher, amount=Decimal(amount)
    )


@pytest.mark.rule("V2", "V3")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_free_balance_of_a_voucher(locked):
    voucher = build.voucher()
    results = race(
        returning(voucher, 15000),
        returning(voucher, 15000),
        meet_at="vouchers.operations.reclaiming.move",
        locks=locked,
    )
    voucher.refresh_from_db()
    if locked:
        assert len(succeeded(results)) == 1
        assert (voucher.free, voucher.returned) == (5000, 15000)
        assert not list(breaks())
    else:
        assert any(isinstance(result, IntegrityError) for result in results), (
            "only the schema is left"
        )


@pytest.mark.rule("V3", "V4")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_return_in_the_last_moment_against_the_sweep(locked):
    voucher = build.voucher()
    batch, actor = voucher.batch, build.actor(voucher.enterprise.account)
    results = overtake(
        lambda: return_voucher(
            by=actor, at=batch.usage_ends_at, voucher=voucher, amount=Decimal(15000)
        ),
        lambda: reclaim_batch(
            by=build.JOB, at=batch.usage_ends_at + timedelta(seconds=1), batch_pk=batch.pk
        ),
        pause_at="vouchers.operations.reclaiming.move",
        locks=locked,
    )
    voucher.refresh_from_db()
    if locked:
        assert len(succeeded(results)) == 2
        assert (voucher.free, voucher.returned, voucher.reclaimed) == (0, 15000, 5000)
    else:
        assert isinstance(results[0], IntegrityError), "only the schema is left to hold the line"
    assert not list(breaks())


@pytest.mark.rule("B6")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_ranking_started_four_times(locked):
    batch = build.batch(amount=Decimal(30000))
    for _ in range(3):
        build.apply(batch, build.enterprise(), in_flight=True)
    without = {} if locked else {"vouchers.operations.ranking.close_line": lambda pk: None}
    results = race(
        *(lambda: rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk) for _ in range(4)),
        meet_at="vouchers.operations.ranking._decide",
        locks=locked,
        without=without,
    )
    errors = [result for result in results if isinstance(result, Exception)]
    if locked:
        assert (results.count(True), results.count(False), errors) == (1, 3, [])
    else:
        assert errors, "without the lock the others run into the unique constraint"
    assert Allocation.objects.count() == 3


@pytest.mark.rule("B7")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_publication_started_four_times(locked):
    batch = build.batch(amount=Decimal(30000))
    for _ in range(3):
        build.apply(batch, build.enterprise(), in_flight=True)
    build.decide(batch, publish=False)
    results = race(
        *(
            lambda: publish_results(by=build.JOB, at=build.RESULTS, batch_pk=batch.pk)
            for _ in range(4)
        ),
        meet_at="vouchers.operations.publishing._settle_caps",
        locks=locked,
    )
    errors = [result for result in results if isinstance(result, Exception)]
    if locked:
        assert (results.count(True), results.count(False), errors) == (1, 3, [])
        assert not list(breaks())
    else:
        assert errors, "without the lock the database's own constraints are what is left"
    assert Voucher.objects.count() == 2


@pytest.mark.rule("B5", "B6")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_ranking_waits_for_a_submission_that_has_drawn_its_number(locked):
    """One has its place but has not committed; without the line's lock ranking passes it by."""
    batch = build.batch()
    overtake(
        submit(build.enterprise(), batch, 20000),
        lambda: rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk),
        pause_at="vouchers.operations.applying._add_demand",
        without={
            "vouchers.operations.applying.writes_at_once": lambda: False,
            **({} if locked else {"vouchers.operations.ranking.close_line": lambda pk: None}),
        },
    )
    unranked = Application.objects.filter(allocations=None).count()
    assert unranked == (0 if locked else 1)


@pytest.mark.rule("B5", "B6")
@pytest.mark.parametrize("locked", [True, False], ids=["locked", "control"])
def test_ranking_waits_for_a_submission_in_the_middle_of_its_one_statement(locked):
    """One has its place and waits for its shard; without the lock on the batch ranking passes it by."""
    batch, applicant = build.batch(), build.enterprise()
    without = {} if locked else {"vouchers.operations.ranking.close_line": lambda pk: None}
    held = threading.Event()
    ranked = threading.Event()

    def hold_the_shards():
        with transaction.atomic():
            DemandShard.objects.filter(batch=batch).update(other_amount=F("other_amount"))
            held.set()
            # With the lock ranking cannot end before the submission, so this wait runs out.
            ranked.wait(timeout=MEETING_SECONDS_MAX)

    def enter():
        assert held.wait(timeout=10)
        return submit(applicant, batch, 20000)()

    def rank():
        wait_until_somebody_waits()
        done = rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk)
        ranked.set()
        return done

    results = race(hold_the_shards, enter, rank, locks=locked, without=without)
    assert isinstance(results[1], Application)
    assert results[2] is True
    unranked = Application.objects.filter(allocations=None).count()
    assert unranked == (0 if locked else 1)


@pytest.mark.rule("B2", "B6")
def test_a_submission_that_waited_for_ranking_is_told_that_the_batch_has_closed():
    """It read the open batch before ranking began, and wrote after ranking had ended."""
    batch = build.batch()
    early = build.enterprise()
    build.apply(batch, early, 100)
    late = submit(build.enterprise(), batch, 20000)
    results = overtake(
        late,
        lambda: rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk),
        pause_at="vouchers.operations.applying.enter_at_once",
    )
    assert isinstance(results[0], Refusal)
    assert results[1] is True
    assert [row.enterprise for row in Application.objects.all()] == [early]
    assert not list(breaks())


def wait_until_somebody_waits():
    """Return when a session of this database waits for a lock."""
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0]:
                return
        threading.Event().wait(0.01)
    raise AssertionError("nobody waits for a lock")
