"""Claims of a provider under a sanction stop (S1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from foundation.moments import end_of_day
from foundation.rosters.models import Measure, Sanction
from redemption.policies import ClaimsStopped
from redemption.states import ClaimState, LineState
from tests import build
from tests.orders.build import sanction
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


def forbid(made: b.World, **changes) -> Sanction:
    """A sanction on the world's provider, in force long before the claim."""
    row = sanction(made.scene.provider.credit_code, city=changes.pop("city", None))
    Sanction.objects.filter(pk=row.pk).update(**changes)
    return row


# The step that stops, the step before it, and what the claim stays.
STOPS = [
    ("prepare", None, None),
    ("submit", "attach", ClaimState.DRAFT),
    ("finish", "review", ClaimState.SUBMITTED),
    ("approve", "finish", ClaimState.FIRST_REVIEWED),
    ("publish", "approve", ClaimState.APPROVED),
    ("settle", "publish", ClaimState.PUBLISHED),
]


@pytest.mark.rule("S1")
@pytest.mark.parametrize(("step", "before", "state"), STOPS)
def test_a_sanction_stops_each_step_of_a_claim(step, before, state):
    made = b.at_step(before) if before else b.world()
    row = forbid(made)
    with pytest.raises(ClaimsStopped) as refusal:
        getattr(made, step)()
    assert refusal.value.rule == "S1"
    assert made.scene.provider.name in refusal.value.sentence
    assert "取消领券（收券）资格" in refusal.value.sentence
    if state:
        assert made.fresh().state == state
    Sanction.objects.filter(pk=row.pk).update(lifted_at=b.PREPARED - timedelta(days=1))
    getattr(made, step)()


@pytest.mark.rule("S1")
def test_a_warning_and_another_citys_sanction_stop_nothing():
    made = b.at_step("attach")
    forbid(made, measure=Measure.WARNING)
    forbid(made, city=build.city("foshan"))
    assert made.submit().state == ClaimState.SUBMITTED


@pytest.mark.rule("S1")
@pytest.mark.parametrize(("later", "stopped"), [(timedelta(0), True), (b.MICROSECOND, False)])
def test_a_suspension_holds_through_its_last_day(later, stopped):
    made = b.at_step("attach")
    forbid(made, measure=Measure.SUSPENSION, until=date(2020, 9, 10))
    refusal = b.refused(made.submit, at=end_of_day(date(2020, 9, 10)) + later)
    assert (refusal is not None) == stopped
    if refusal:
        assert "至 2020年9月10日 止" in refusal.sentence


@pytest.mark.rule("S1")
@pytest.mark.parametrize(("earlier", "stopped"), [(timedelta(0), True), (b.MICROSECOND, False)])
def test_a_sanction_holds_from_its_first_moment(earlier, stopped):
    made = b.at_step("attach")
    forbid(made, from_at=b.SUBMITTED)
    assert (b.refused(made.submit, at=b.SUBMITTED - earlier) is not None) == stopped


@pytest.mark.rule("S1", "R4")
def test_an_objection_is_filed_and_answered_all_the_same():
    made = b.at_step("publish")
    forbid(made)
    made.answer(made.object(), uphold=True, at=b.OVER)
    assert made.fresh().state == ClaimState.SETTLED


@pytest.mark.rule("S1", "R7")
def test_a_claim_that_brings_nothing_is_brought_to_its_end():
    made = b.at_step("submit", 2)
    forbid(made)
    for index in (0, 1):
        made.disallow(index, reason="材料虚假")
    made.finish()
    made.approve()
    made.publish()
    assert made.fresh().state == ClaimState.PUBLISHED
    assert {line.state for line in made.lines()} == {LineState.DISALLOWED}


@pytest.mark.rule("S1")
def test_one_line_that_could_be_paid_stops_it():
    made = b.at_step("submit", 2)
    forbid(made)
    made.pass_line(0)
    made.disallow(1, reason="材料虚假")
    with pytest.raises(ClaimsStopped):
        made.finish()
