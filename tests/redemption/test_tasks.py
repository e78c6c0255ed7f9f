"""Closing public lists and reminding: twice, late or at once is harmless (R4, V7)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from foundation.moments import moment
from foundation.notices.models import Message, Notice
from foundation.workdays.models import LoadedYear
from redemption.models import PublicityList
from redemption.states import ClaimState
from redemption.tasks import close_publicity, remind
from tests.redemption import build as b

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


def sent(event: str, to) -> int:
    return Message.objects.filter(event=event, recipient=to).count()


@pytest.mark.rule("R4", "R5")
def test_a_list_is_closed_once_after_its_last_moment_and_the_contractor_is_told():
    made = b.at_step("publish")
    assert close_publicity(b.ENDS) == 0
    assert PublicityList.objects.get().closed_at is None
    assert close_publicity(b.OVER) == 1
    assert PublicityList.objects.get().closed_at == b.OVER
    assert close_publicity(b.OVER + WEEK) == 0
    assert PublicityList.objects.get().closed_at == b.OVER
    assert sent("publicity_over", made.contractor) == 1


@pytest.mark.rule("R4", "R5")
def test_payment_does_not_wait_for_the_job():
    made = b.at_step("publish")
    made.settle(at=b.SETTLED)
    assert made.fresh().state == ClaimState.SETTLED
    assert PublicityList.objects.get().closed_at is None
    assert close_publicity(b.SETTLED) == 1
    assert sent("publicity_over", made.contractor) == 0


@pytest.mark.rule("R4")
def test_a_list_with_an_open_objection_stays_open_but_the_rest_can_be_paid():
    made = b.at_step("publish", 2)
    objection = made.object(0)
    assert close_publicity(b.OVER) == 0
    assert close_publicity(b.SETTLED) == 0
    assert sent("publicity_over", made.contractor) == 1
    made.answer(objection, uphold=False)
    assert close_publicity(b.SETTLED + WEEK) == 1
    assert sent("publicity_over", made.contractor) == 1


@pytest.mark.rule("R5", "R7")
def test_a_claim_with_nothing_to_pay_is_settled_when_its_period_ends():
    made = b.at_step("submit")
    made.disallow()
    made.finish()
    made.approve()
    made.publish()
    assert close_publicity(b.ENDS) == 0
    assert made.fresh().state == ClaimState.PUBLISHED
    assert close_publicity(b.OVER) == 1
    assert (made.fresh().state, made.claim.settled_at) == (ClaimState.SETTLED, b.OVER)
    assert close_publicity(b.OVER) == 0
    assert Notice.objects.filter(kind="settlement").count() == 1
    assert sent("publicity_over", made.contractor) == 0


@pytest.mark.rule("B7")
def test_one_list_without_a_calendar_does_not_hold_up_the_others():
    made = b.at_step("publish")
    published_at = moment(b.PAID_ON.replace(year=2098), 9)
    LoadedYear.objects.filter(year=2098).delete()
    PublicityList.objects.create(
        programme=made.programme, published_at=published_at, published_by=made.bureau
    )
    assert close_publicity(published_at + 9 * WEEK) == 1


@pytest.mark.rule("V7")
@pytest.mark.parametrize(
    ("state", "since", "who"),
    [
        ("submitted", b.SUBMITTED, "contractor"),
        ("first_reviewed", b.REVIEWED, "bureau"),
        ("approved", b.APPROVED, "bureau"),
        ("published", b.ENDS, "contractor"),
        ("more_asked", b.REVIEWED, "provider"),
    ],
)
def test_whoever_keeps_a_claim_waiting_is_reminded_each_full_week_once(state, since, who):
    made = b.in_state(state)
    to = made.scene.provider.account if who == "provider" else getattr(made, who)
    assert remind(since + WEEK - b.MICROSECOND) == 0
    assert remind(since + WEEK) > 0
    assert remind(since + WEEK) == 0
    assert remind(since + 2 * WEEK - b.MICROSECOND) == 0
    assert sent("claim_waiting", to) == 1
    assert remind(since + 2 * WEEK) > 0
    assert sent("claim_waiting", to) == 2


@pytest.mark.rule("V7")
def test_the_bureau_is_reminded_of_an_objection_and_not_the_contractor_of_what_it_cannot_pay():
    made = b.at_step("publish")
    made.object(at=b.ENDS)
    assert remind(b.ENDS + WEEK) == 1
    assert sent("objection_waiting", made.bureau) == 1
    assert sent("claim_waiting", made.contractor) == 0


@pytest.mark.parametrize("state", ["draft", "given_up", "settled"])
def test_nobody_is_reminded_of_what_waits_on_nobody(state):
    b.in_state(state)
    assert remind(b.SETTLED + 9 * WEEK) == 0
