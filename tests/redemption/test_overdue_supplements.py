"""A request for more that the provider does not answer in time is taken back (R2; ADR 0021)."""

from __future__ import annotations

from datetime import date

import pytest

from foundation.errors import OutOfReach
from foundation.moments import end_of_day
from foundation.notices.models import Message
from redemption.models import Supplement
from redemption.operations.reviewing import take_back_request
from redemption.policies import UnableToReview
from redemption.states import ClaimState, LineState
from tests.redemption import build as b

pytestmark = pytest.mark.django_db

# Asked on Thursday 10 September 2020; the five working days after it end on the 17th.
UNTIL = end_of_day(date(2020, 9, 17))
OVERDUE = UNTIL + b.MICROSECOND


def take_back(made, *, at=OVERDUE, by=None):
    return take_back_request(by=by or made.reviewer, at=at, claim=made.claim)


def asked(lines=2):
    made = b.at_step("submit", lines)
    made.pass_line(0)
    made.ask(1, reason="缺少验收报告")
    made.request()
    return made


@pytest.mark.rule("R2", "N2")
def test_review_goes_on_with_what_there_is():
    made = asked()
    take_back(made)
    assert made.fresh().state == ClaimState.SUBMITTED
    assert [line.state for line in made.lines()] == [LineState.PASSED, LineState.PENDING]
    request = Supplement.objects.get()
    assert (request.answered_at, request.taken_back_at) == (None, OVERDUE)
    assert Message.objects.filter(
        event="claim_request_taken_back", recipient=made.scene.provider.account
    ).exists()
    made.disallow(1, reason="未补充验收报告", at=OVERDUE)
    made.finish(at=OVERDUE)
    assert made.fresh().state == ClaimState.FIRST_REVIEWED


@pytest.mark.rule("R2")
@pytest.mark.parametrize("at", [b.REVIEWED, UNTIL])
def test_the_provider_has_its_time(at):
    made = asked()
    with pytest.raises(UnableToReview, match="2020年9月17日 23:59"):
        take_back(made, at=at)
    assert made.fresh().state == ClaimState.MORE_ASKED


@pytest.mark.rule("R2")
def test_the_same_line_can_be_asked_and_answered_again():
    made = asked()
    take_back(made)
    made.ask(1, reason="请补充服务成果", at=OVERDUE)
    made.request(at=OVERDUE)
    made.supply(1, at=OVERDUE)
    assert made.line(1).state == LineState.PENDING
    assert Supplement.objects.filter(answered_at=OVERDUE).count() == 1
    assert Supplement.objects.filter(taken_back_at=OVERDUE).count() == 1


@pytest.mark.rule("R2")
def test_what_was_answered_cannot_be_taken_back():
    made = asked()
    made.supply(1, at=OVERDUE)
    with pytest.raises(UnableToReview):
        take_back(made)


@pytest.mark.rule("R2")
def test_what_was_taken_back_cannot_be_answered():
    made = asked()
    take_back(made)
    with pytest.raises(UnableToReview):
        made.supply(1, at=OVERDUE)


@pytest.mark.rule("R2")
def test_only_the_contractor_of_the_city():
    made = asked()
    for actor in (made.seller, made.approver, made.adviser):
        with pytest.raises(OutOfReach):
            take_back(made, by=actor)
