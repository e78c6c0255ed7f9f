"""Two people at one file at the same time: one has it, one decision counts, and both are told (E6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enterprises.models import Qualification
from enterprises.operations import pass_qualification, refuse_qualification
from foundation.assignments.models import Assignment
from foundation.assignments.operations import take_file
from foundation.assignments.policies import FileInOtherHands
from foundation.audit.models import AuditEntry
from foundation.errors import IllegalMove
from tests.concurrency.race import race, succeeded
from tests.enterprises.build import LATER, contractor, submitted

pytestmark = pytest.mark.django_db(transaction=True)
LOCKED = "foundation.assignments.operations.holding._locked"
MINUTE = timedelta(minutes=1)


def test_of_two_who_take_a_file_one_has_it_and_one_is_told() -> None:
    file, one, other = submitted(), contractor(), contractor()
    results = race(
        lambda: take_file(by=one, at=LATER, subject=file),
        lambda: take_file(by=other, at=LATER, subject=file),
        meet_at=LOCKED,
    )
    assert len(succeeded(results)) == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [FileInOtherHands]
    assert AuditEntry.objects.filter(action="take_file").count() == 1


def test_a_decision_and_a_takeover_at_once_are_never_both_lost_nor_both_done() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    at = LATER + MINUTE
    decided, taken = race(
        lambda: pass_qualification(by=one, at=at, qualification=file),
        lambda: take_file(by=other, at=at, subject=file, deliberately=True),
        meet_at=LOCKED,
    )
    assert not isinstance(taken, Exception), "a deliberate takeover is never refused"
    state = Qualification.objects.get().state
    if isinstance(decided, Exception):
        # The takeover came first: the decision was refused with a sentence, and the other decides.
        assert isinstance(decided, FileInOtherHands) and state == "submitted"
        assert Assignment.objects.get().holder == other.user
        pass_qualification(by=other, at=at, qualification=file)
    else:
        assert state == "passed"
        with pytest.raises(IllegalMove):
            pass_qualification(by=other, at=at, qualification=file)


def test_of_two_decisions_on_a_free_file_one_counts_and_the_other_is_refused() -> None:
    file, one, other = submitted(), contractor(), contractor()
    results = race(
        lambda: pass_qualification(by=one, at=LATER, qualification=file),
        lambda: refuse_qualification(by=other, at=LATER, qualification=file, reason="材料不真实"),
        meet_at=LOCKED,
    )
    assert len(succeeded(results)) == 1
    assert [type(one) for one in results if isinstance(one, Exception)] == [IllegalMove]
    assert file.rounds.get().outcome == Qualification.objects.get().state
