"""The waiting list (B9)."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from foundation.moments import moment
from foundation.notices.models import Message
from foundation.rosters.models import BlacklistEntry
from tests import build
from vouchers.models import Allocation, ResultList, Voucher
from vouchers.operations.reclaiming import return_voucher
from vouchers.operations.waiting import grant_from_waiting_list
from vouchers.queries import available_to_issue
from vouchers.reconciliation import breaks
from vouchers.tasks import grant_waiting

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def line():
    """A batch of 30,000 with the waiting list on: one full grant, one half, two in line."""
    batch = build.batch(build.programme(waiting_list=True), amount=Decimal(30000))
    applicants = [build.enterprise() for _ in range(4)]
    for applicant in applicants:
        build.apply(batch, applicant, in_flight=True)
    build.decide(batch)
    return batch, applicants


def give_back(batch, enterprise, amount, at):
    voucher = Voucher.objects.get(batch=batch, enterprise=enterprise)
    return_voucher(
        by=build.actor(enterprise.account), at=at, voucher=voucher, amount=Decimal(amount)
    )


@pytest.mark.rule("B9")
def test_returned_money_goes_to_the_next_in_line_at_nine_on_the_next_working_day(line):
    batch, (first, half, third, fourth) = line
    friday = moment(date(2020, 7, 3), 16)
    give_back(batch, first, 15000, friday)
    early = moment(date(2020, 7, 6), 9) - MICROSECOND
    for at in (friday, moment(date(2020, 7, 4), 9), early):
        assert not grant_from_waiting_list(by=build.JOB, at=at, batch_pk=batch.pk)
    due = moment(date(2020, 7, 6), 9)
    assert grant_waiting(due) == 1
    assert grant_waiting(due) == 0
    rows = Allocation.objects.filter(round=1).order_by("rank")
    assert [(r.application.enterprise, r.rank, r.granted, r.outcome) for r in rows] == [
        (half, 2, 10000, "granted"),
        (third, 3, 5000, "partial"),
    ]
    voucher = Voucher.objects.get(enterprise=third)
    assert voucher.batch == batch, "with the batch's deadlines"
    results = ResultList.objects.get(batch=batch, round=1)
    assert (results.amount, len(results.digest)) == (15000, 64)
    assert Message.objects.filter(recipient=third.account, event="result_partial").exists()
    assert not Message.objects.filter(
        recipient=fourth.account, key__startswith=f"result:{batch.pk}:1"
    )
    assert not list(breaks())


@pytest.mark.rule("B8", "B9")
def test_the_digest_of_a_later_round_is_that_of_its_download(client, line):
    batch, (first, *_rest) = line
    give_back(batch, first, 15000, moment(date(2020, 7, 3), 16))
    assert grant_waiting(moment(date(2020, 7, 6), 9)) == 1
    address = reverse("batches:round-download", args=[batch.pk, 1])
    text = b"".join(client.get(address).streaming_content)
    digest = ResultList.objects.get(batch=batch, round=1).digest
    assert hashlib.sha256(text).hexdigest() == digest
    assert digest in client.get(reverse("batches:round", args=[batch.pk, 1])).content.decode()


@pytest.mark.rule("B9")
def test_what_is_returned_on_the_granting_day_waits_for_the_next(line):
    batch, (first, *_rest) = line
    give_back(batch, first, 1000, moment(date(2020, 7, 6), 8))
    assert not grant_waiting(moment(date(2020, 7, 6), 9))
    assert grant_waiting(moment(date(2020, 7, 7), 9))


@pytest.mark.rule("B9")
def test_a_late_run_grants_the_same(line):
    batch, (first, half, *_rest) = line
    give_back(batch, first, 1000, moment(date(2020, 7, 6), 16))
    assert grant_waiting(moment(date(2020, 7, 8), 8)), "Tuesday's grant, on Wednesday morning"
    assert Allocation.objects.get(round=1).application.enterprise == half


@pytest.mark.rule("B9", "E5")
def test_one_who_is_not_eligible_is_passed_by(line):
    batch, (first, half, third, _fourth) = line
    BlacklistEntry.objects.create(credit_code=half.credit_code, listed_on=date(2020, 7, 1))
    give_back(batch, first, 3000, moment(date(2020, 7, 3), 16))
    grant_waiting(moment(date(2020, 7, 6), 9))
    passed_by, granted = Allocation.objects.filter(round=1).order_by("rank")
    assert (passed_by.application.enterprise, passed_by.reason) == (half, "blacklisted")
    assert (granted.application.enterprise, granted.granted) == (third, 3000)
    assert not Message.objects.filter(
        recipient=half.account, key__startswith=f"result:{batch.pk}:1"
    ), "who stands in line as before is not told"


@pytest.mark.rule("B9", "B3")
def test_a_grant_from_the_waiting_list_stays_within_the_yearly_cap(line):
    batch, (first, half, _third, _fourth) = line
    later = build.batch(
        batch.programme,
        opens_at=moment(date(2020, 7, 1), 9),
        closes_at=moment(date(2020, 7, 1), 17),
    )
    build.apply(later, half, 9000)
    give_back(batch, first, 10000, moment(date(2020, 7, 3), 16))
    grant_waiting(moment(date(2020, 7, 6), 9))
    assert Allocation.objects.get(round=1, application__enterprise=half).granted == 1000
    assert not list(breaks())


@pytest.mark.rule("B9")
def test_nothing_is_granted_after_the_usage_window(line):
    batch, (first, *_rest) = line
    give_back(batch, first, 1000, batch.usage_ends_at)
    assert not grant_waiting(moment(date(2020, 7, 29), 9))


@pytest.mark.rule("B9", "B1")
def test_money_in_line_is_not_issued_twice(line):
    batch, (first, *_rest) = line
    before = available_to_issue(batch.programme, build.RESULTS)
    at = moment(date(2020, 7, 3), 16)
    give_back(batch, first, 10000, at)
    assert available_to_issue(batch.programme, at + MICROSECOND) == before
    assert available_to_issue(batch.programme, batch.usage_ends_at + MICROSECOND) == before + 10000


@pytest.mark.rule("B9")
def test_switched_off_returned_money_waits_for_a_later_batch():
    batch = build.batch(amount=Decimal(20000))
    first, second = build.enterprise(), build.enterprise()
    build.apply(batch, first, in_flight=True)
    build.apply(batch, second, in_flight=True)
    build.decide(batch)
    at = moment(date(2020, 7, 3), 16)
    before = available_to_issue(batch.programme, at)
    give_back(batch, first, 20000, at)
    assert not grant_waiting(moment(date(2020, 7, 6), 9))
    assert available_to_issue(batch.programme, at + MICROSECOND) == before + 20000
