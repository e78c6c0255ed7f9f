"""Applying and withdrawing (B2–B5, G3)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from enterprises.models import Qualification
from enterprises.policies import NotEligible
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach
from foundation.notices.models import Message, OutboxEntry
from foundation.regions.models import City
from tests import build
from vouchers.models import Application, EnterpriseAllowance
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.operations.publishing import publish_results
from vouchers.policies import BatchFull, UnableToApply, UnableToWithdraw
from vouchers.queries import allowance_left, demand_of
from vouchers.reconciliation import breaks
from vouchers.states import ApplicationState, BatchState, Tier

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture(
    autouse=True, params=[pytest.param("at once", marks=pytest.mark.postgres), "in steps"]
)
def _way(request, monkeypatch):
    """Every test here holds for both ways of writing an application."""
    if request.param == "in steps":
        monkeypatch.setattr("vouchers.operations.applying.writes_at_once", lambda: False)


@pytest.mark.rule("B2", "N2")
def test_an_application_is_kept_with_its_place_audit_and_receipt():
    batch, enterprise = build.batch(), build.enterprise()
    application = build.apply(batch, enterprise, 12300)
    assert application.counted_tier == Tier.OTHER
    assert application.profile == enterprise.profiles.get()
    assert demand_of(batch).other == 12300
    assert EnterpriseAllowance.objects.get(enterprise=enterprise).applied == 12300
    entry = AuditEntry.objects.get(action="submit_application")
    assert (entry.subject_id, entry.address) == (application.pk, "127.0.0.1")
    message = Message.objects.get(recipient=enterprise.account)
    assert message.params["number"] == application.number
    assert OutboxEntry.objects.filter(message=message).exists()
    assert not list(breaks())


@pytest.mark.rule("B2")
@pytest.mark.parametrize(
    ("offset", "allowed"),
    [
        ("before", False),
        ("opening", True),
        ("closing", True),
        ("after", False),
    ],
)
def test_only_while_the_batch_is_open_both_moments_included(offset, allowed):
    batch, enterprise = build.batch(), build.enterprise()
    at = {
        "before": batch.opens_at - MICROSECOND,
        "opening": batch.opens_at,
        "closing": batch.closes_at,
        "after": batch.closes_at + MICROSECOND,
    }[offset]
    if allowed:
        assert build.apply(batch, enterprise, at=at).submitted_at == at
    else:
        with pytest.raises(UnableToApply):
            build.apply(batch, enterprise, at=at)
        assert not Application.objects.exists()


@pytest.mark.rule("B2")
def test_a_request_in_time_that_arrives_after_ranking_is_told_so():
    batch = build.batch()
    build.decide(batch, publish=False)
    with pytest.raises(UnableToApply):
        build.apply(batch, build.enterprise(), at=batch.closes_at)


@pytest.mark.rule("B2")
def test_once_per_batch():
    batch, enterprise = build.batch(), build.enterprise()
    build.apply(batch, enterprise, 100)
    with pytest.raises(UnableToApply, match="只能申领一次"):
        build.apply(batch, enterprise, 100)
    assert EnterpriseAllowance.objects.get(enterprise=enterprise).applied == 100
    assert demand_of(batch).other == 100


@pytest.mark.rule("B2")
@pytest.mark.parametrize("amount", ["0", "-100", "50", "150.00", "100.01"])
def test_the_amount_is_on_the_step(amount):
    batch, enterprise = build.batch(), build.enterprise()
    with pytest.raises(UnableToApply, match="整数倍") as refusal:
        submit_application(
            by=build.actor(enterprise.account),
            at=batch.opens_at,
            batch_pk=batch.pk,
            amount=Decimal(amount),
        )
    assert refusal.value.field == "amount"
    assert not Application.objects.exists()


@pytest.mark.rule("B2", "G2")
def test_never_more_than_the_yearly_cap():
    batch, enterprise = build.batch(), build.enterprise()
    with pytest.raises(UnableToApply, match="年度剩余额度"):
        build.apply(batch, enterprise, 20100)
    assert build.apply(batch, enterprise, 20000)


@pytest.mark.rule("B2", "E5")
def test_only_an_eligible_enterprise():
    batch = build.batch()
    with pytest.raises(NotEligible):
        build.apply(batch, build.enterprise(passed=False))
    with pytest.raises(NotEligible):
        build.apply(batch, build.enterprise(size_class="large"))


@pytest.mark.rule("G3")
def test_only_in_its_own_city():
    batch = build.batch()
    elsewhere = build.enterprise(of=City.objects.get(slug="foshan"))
    with pytest.raises(OutOfReach):
        build.apply(batch, elsewhere)


@pytest.mark.rule("B2")
def test_a_draft_batch_does_not_exist_for_the_enterprise():
    batch = build.batch(state=BatchState.DRAFT, announced_at=None)
    with pytest.raises(OutOfReach):
        build.apply(batch, build.enterprise())


@pytest.mark.rule("B3")
def test_the_cap_counts_live_applications_of_all_batches_of_the_year():
    programme = build.programme()
    first, second = build.batch(programme), build.batch(programme)
    enterprise = build.enterprise()
    build.apply(first, enterprise, 15000)
    with pytest.raises(UnableToApply, match=r"5,000 元") as refusal:
        build.apply(second, enterprise, 5100)
    assert refusal.value.rule == "B3"
    assert build.apply(second, enterprise, 5000)
    assert allowance_left(enterprise.pk, programme) == 0


@pytest.mark.rule("B3")
def test_what_ranking_did_not_grant_is_free_again_on_publication_and_not_before():
    programme = build.programme()
    batch = build.batch(programme, amount=Decimal(25000))
    winner, partial = build.enterprise(), build.enterprise()
    build.apply(batch, winner)
    build.apply(batch, partial)
    build.decide(batch, publish=False)
    assert allowance_left(partial.pk, programme) == 0
    assert publish_results(by=build.JOB, at=build.RESULTS, batch_pk=batch.pk)
    assert allowance_left(partial.pk, programme) == 15000
    assert not list(breaks())


@pytest.mark.rule("B4")
def test_others_are_refused_when_total_demand_reaches_the_amount():
    batch = build.batch(amount=Decimal(40000))
    build.apply(batch, build.enterprise(), 20000)
    build.apply(batch, build.enterprise(), 19900)
    last = build.enterprise()
    assert build.apply(batch, last, 20000), "a hundred is left to win"
    with pytest.raises(BatchFull, match="额满"):
        build.apply(batch, build.enterprise(), 100)


@pytest.mark.rule("B4", "E7")
def test_priority_enterprises_are_refused_only_when_priority_demand_reaches_the_amount():
    batch = build.batch(amount=Decimal(40000))
    for _ in range(2):
        build.apply(batch, build.enterprise())
    with pytest.raises(BatchFull):
        build.apply(batch, build.enterprise())
    for _ in range(2):
        assert build.apply(batch, build.enterprise(priority=True)).counted_tier == Tier.PRIORITY
    with pytest.raises(BatchFull):
        build.apply(batch, build.enterprise(priority=True))


@pytest.mark.rule("B4")
def test_a_withdrawal_frees_demand_and_cap_and_a_new_application_takes_a_new_place():
    batch = build.batch(amount=Decimal(20000))
    first, second = build.enterprise(), build.enterprise()
    application = build.apply(batch, first)
    with pytest.raises(BatchFull):
        build.apply(batch, second)
    done = withdraw_application(
        by=build.actor(first.account), at=batch.closes_at, application=application
    )
    assert done.state == ApplicationState.WITHDRAWN
    assert demand_of(batch).other == 0
    theirs = build.apply(batch, second, 100)
    mine = build.apply(batch, first, 100)
    assert mine.pk > theirs.pk > application.pk
    assert not list(breaks())


@pytest.mark.rule("B4")
def test_no_withdrawal_after_closing_nor_twice_nor_of_another():
    batch, enterprise = build.batch(), build.enterprise()
    application = build.apply(batch, enterprise)
    actor = build.actor(enterprise.account)
    with pytest.raises(UnableToWithdraw):
        withdraw_application(by=actor, at=batch.closes_at + MICROSECOND, application=application)
    with pytest.raises(OutOfReach):
        stranger = build.actor(build.enterprise().account)
        withdraw_application(by=stranger, at=batch.opens_at, application=application)
    withdraw_application(by=actor, at=batch.opens_at, application=application)
    with pytest.raises(Exception, match="已撤回"):
        withdraw_application(by=actor, at=batch.opens_at, application=application)
    assert demand_of(batch).other == 0


@pytest.mark.rule("B5")
def test_places_are_in_the_order_of_the_database():
    batch = build.batch()
    later = build.apply(batch, build.enterprise(), at=batch.opens_at + timedelta(seconds=5))
    earlier_clock = build.apply(batch, build.enterprise(), at=batch.opens_at)
    assert earlier_clock.pk > later.pk


@pytest.mark.rule("E6")
def test_an_application_keeps_the_profile_it_was_made_with():
    batch, enterprise = build.batch(), build.enterprise()
    application = build.apply(batch, enterprise)
    assert application.profile_id == Qualification.objects.get(enterprise=enterprise).profile_id


def test_the_hot_path_stays_lean(django_assert_max_num_queries):
    batch, enterprise = build.batch(), build.enterprise()
    build.apply(batch, enterprise, 100)
    other = build.batch(batch.programme)
    with django_assert_max_num_queries(13):
        build.apply(other, enterprise, 100)
