"""Ranking, publication and what the public can recompute (B5–B8, V1)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from stdnum.iso7064 import mod_97_10

from enterprises.models import Qualification
from enterprises.states import QualificationState
from foundation.moments import moment
from foundation.notices.events import EVENTS
from foundation.notices.models import Message, Notice, OutboxEntry
from foundation.rosters.models import BlacklistEntry
from foundation.workdays.models import WorkdayException
from foundation.workdays.queries import CalendarUnknown
from tests import build
from vouchers.models import Allocation, LedgerEntry, Voucher
from vouchers.numbers import is_voucher_number
from vouchers.operations.applying import withdraw_application
from vouchers.operations.publishing import publish_results
from vouchers.operations.ranking import rank_batch
from vouchers.queries import results_due_at
from vouchers.reconciliation import breaks
from vouchers.states import BatchState, EntryKind, Outcome
from vouchers.tasks import publish_due_results, rank_closed_batches

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


def outcomes(batch):
    return list(
        Allocation.objects.filter(application__batch=batch)
        .order_by("rank")
        .values_list("application_id", "tier", "granted", "outcome", "reason")
    )


@pytest.mark.rule("B5", "B6", "E7")
def test_priority_first_then_order_of_submission_and_the_last_grant_is_partial():
    batch = build.batch(amount=Decimal(45000))
    first = build.apply(batch, build.enterprise(), 20000)
    second = build.apply(batch, build.enterprise(), 20000)
    third = build.apply(batch, build.enterprise(), 5100)
    overtakes = build.apply(batch, build.enterprise(priority=True), 20000)
    build.decide(batch)
    assert outcomes(batch) == [
        (overtakes.pk, "1", 20000, Outcome.GRANTED, ""),
        (first.pk, "2", 20000, Outcome.GRANTED, ""),
        (second.pk, "2", 5000, Outcome.PARTIAL, ""),
        (third.pk, "2", 0, Outcome.NOT_GRANTED, ""),
    ]
    assert not list(breaks())


@pytest.mark.rule("B6", "E7")
def test_tier_and_eligibility_are_read_at_ranking_time():
    batch = build.batch(amount=Decimal(20000))
    loses = build.enterprise()
    blacklisted = build.enterprise()
    reopened = build.enterprise()
    promoted = build.enterprise()
    for enterprise in (loses, blacklisted, reopened):
        build.apply(batch, enterprise, 10000, in_flight=True)
    promoted_application = build.apply(batch, promoted, 20000, in_flight=True)
    build.make_priority(promoted)
    BlacklistEntry.objects.create(credit_code=blacklisted.credit_code, listed_on=date(2020, 6, 28))
    Qualification.objects.filter(enterprise=reopened).update(state=QualificationState.DRAFT)
    build.decide(batch)
    by_enterprise = {
        row.application.enterprise_id: row
        for row in Allocation.objects.filter(application__batch=batch).select_related("application")
    }
    assert by_enterprise[promoted.pk].rank == 1
    assert by_enterprise[promoted.pk].application_id == promoted_application.pk
    assert by_enterprise[blacklisted.pk].outcome == Outcome.PASSED_OVER
    assert by_enterprise[blacklisted.pk].reason == "blacklisted"
    assert by_enterprise[reopened.pk].reason == "not_passed"
    assert by_enterprise[loses.pk].outcome == Outcome.NOT_GRANTED
    assert not list(breaks())


@pytest.mark.rule("B6")
def test_a_passed_over_application_uses_up_nothing():
    batch = build.batch(amount=Decimal(20000))
    gone, next_in_line = build.enterprise(), build.enterprise()
    build.apply(batch, gone, 19900)
    build.apply(batch, next_in_line, 20000)
    BlacklistEntry.objects.create(credit_code=gone.credit_code, listed_on=date(2020, 6, 1))
    build.decide(batch)
    assert Voucher.objects.get(batch=batch).amount == 20000


@pytest.mark.rule("B6")
def test_what_was_decided_never_changes():
    voucher = build.voucher()
    with pytest.raises(DatabaseError), transaction.atomic():
        Allocation.objects.filter(pk=voucher.allocation_id).update(granted=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        Allocation.objects.filter(pk=voucher.allocation_id).delete()


@pytest.mark.rule("B6")
def test_withdrawn_applications_are_not_ranked():
    batch, enterprise = build.batch(), build.enterprise()
    application = build.apply(batch, enterprise)
    withdraw_application(
        by=build.actor(enterprise.account), at=batch.opens_at, application=application
    )
    build.decide(batch)
    assert not Allocation.objects.exists()
    assert not Voucher.objects.exists()


@pytest.mark.rule("B6")
def test_ranking_waits_for_requests_in_flight_and_happens_once():
    batch = build.batch()
    build.apply(batch, build.enterprise())
    assert not rank_batch(by=build.JOB, at=batch.closes_at, batch_pk=batch.pk)
    assert not rank_batch(
        by=build.JOB, at=batch.closes_at + timedelta(minutes=5), batch_pk=batch.pk
    )
    assert rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk)
    assert not rank_batch(by=build.JOB, at=build.RANKING, batch_pk=batch.pk)
    assert Allocation.objects.count() == 1


@pytest.mark.rule("B7")
def test_results_are_published_at_nine_on_the_next_working_day():
    batch = build.batch()
    build.apply(batch, build.enterprise())
    build.decide(batch, publish=False)
    assert results_due_at(batch) == moment(date(2020, 6, 29), 9)
    early = results_due_at(batch) - MICROSECOND
    assert not publish_results(by=build.JOB, at=early, batch_pk=batch.pk)
    assert not Voucher.objects.exists()
    assert publish_results(by=build.JOB, at=results_due_at(batch), batch_pk=batch.pk)
    assert not publish_results(by=build.JOB, at=results_due_at(batch), batch_pk=batch.pk)
    assert Voucher.objects.count() == 1


@pytest.mark.rule("B7")
@pytest.mark.parametrize(
    ("closing_day", "expected"),
    [
        (
            date(2020, 6, 24),
            date(2020, 6, 28),
        ),  # the Dragon Boat holiday ends with a make-up Sunday
        (date(2020, 9, 30), date(2020, 10, 9)),
        (date(2020, 10, 9), date(2020, 10, 10)),  # a make-up Saturday
        (date(2020, 5, 8), date(2020, 5, 9)),
    ],
)
def test_the_working_day_is_the_state_councils(closing_day, expected):
    batch = build.batch(opens_at=moment(closing_day, 9), closes_at=moment(closing_day, 17))
    assert results_due_at(batch) == moment(expected, 9)


@pytest.mark.rule("B7")
def test_an_exception_moves_the_publication_also_after_the_notice():
    batch = build.batch()
    WorkdayException.objects.create(day=date(2020, 6, 29), is_workday=False, name="台风停工")
    assert results_due_at(batch) == moment(date(2020, 6, 30), 9)


@pytest.mark.rule("B7")
def test_an_unknown_year_asks_for_its_calendar():
    day = date(2101, 3, 1)
    batch = build.batch(
        opens_at=moment(day, 9), closes_at=moment(day, 17), valid_until=date(2101, 12, 1)
    )
    with pytest.raises(CalendarUnknown, match="2101"):
        results_due_at(batch)


@pytest.mark.rule("B7")
def test_no_result_shows_before_publication_by_any_route(client):
    batch, enterprise = build.batch(amount=Decimal(100)), build.enterprise()
    application = build.apply(batch, enterprise, 20000)
    build.decide(batch, publish=False)
    assert batch.state == BatchState.RANKED
    for name in ("batches:results", "batches:download"):
        assert client.get(reverse(name, args=[batch.pk])).status_code == 404
    page = client.get(reverse("batches:detail", args=[batch.pk])).content.decode()
    assert "待公布" in page and "已排序" not in page
    client.force_login(enterprise.account)
    mine = client.get(reverse("vouchers:application", args=[application.pk])).content.decode()
    assert "部分获券" not in mine and "第 1 名" not in mine
    assert not Message.objects.filter(event__startswith="result_").exists()
    assert not Notice.objects.filter(kind="results").exists()


@pytest.mark.rule("B7", "N1", "N2", "V1")
def test_publication_issues_vouchers_tells_everyone_and_lists(client):
    batch = build.batch(amount=Decimal(30000))
    winner, partly, none = build.enterprise(), build.enterprise(), build.enterprise()
    build.apply(batch, winner)
    build.apply(batch, partly)
    build.apply(batch, none, in_flight=True)
    build.decide(batch)
    vouchers = list(Voucher.objects.order_by("number"))
    assert [(v.enterprise, v.amount) for v in vouchers] == [(winner, 20000), (partly, 10000)]
    for voucher in vouchers:
        assert is_voucher_number(voucher.number)
        assert mod_97_10.is_valid(str(voucher.number))
        assert not is_voucher_number(voucher.number + 10)
        assert voucher.entries.get().kind == EntryKind.ISSUE
    assert {
        m.recipient_id: m.event for m in Message.objects.filter(event__startswith="result_")
    } == {
        winner.account_id: "result_granted",
        partly.account_id: "result_partial",
        none.account_id: "result_not_granted",
    }
    for message in Message.objects.filter(event__startswith="result_"):
        assert EVENTS[message.event].text.format_map(message.params)
        assert OutboxEntry.objects.filter(message=message).exists()
    page = client.get(reverse("batches:results", args=[batch.pk])).content.decode()
    assert winner.credit_code not in page
    assert winner.credit_code[:4] in page and winner.credit_code[-4:] in page
    assert client.get(f"/batches/{batch.pk}/").status_code == 200


@pytest.mark.rule("B6", "B7")
def test_a_batch_that_fails_does_not_hold_up_the_other_cities(monkeypatch):
    broken, sound = build.batch(), build.batch(build.programme(year=2021))
    assert broken.pk < sound.pk

    def rank(*, by, at, batch_pk):
        if batch_pk == broken.pk:
            raise RuntimeError("broken")
        return rank_batch(by=by, at=at, batch_pk=batch_pk)

    monkeypatch.setattr("vouchers.tasks.rank_batch", rank)
    with pytest.raises(RuntimeError):
        rank_closed_batches(build.RANKING)
    assert publish_due_results(build.RESULTS) == 1
    sound.refresh_from_db()
    assert sound.state == BatchState.PUBLISHED


@pytest.mark.rule("V2")
def test_the_ledger_refuses_change_and_deletion():
    voucher = build.voucher()
    with pytest.raises(DatabaseError), transaction.atomic():
        LedgerEntry.objects.filter(voucher=voucher).update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        LedgerEntry.objects.filter(voucher=voucher).delete()
