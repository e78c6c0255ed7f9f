"""Who has a file in hand: taken once, taken over deliberately, free again when idle, and audited."""

from __future__ import annotations

from datetime import timedelta

import pytest

from enterprises.models import Qualification
from enterprises.operations import pass_qualification, send_back_qualification
from foundation.accounts.models import Role
from foundation.assignments.models import Assignment
from foundation.assignments.operations import (
    hand_over_file,
    keep_file_in_hand,
    release_file,
    take_file,
)
from foundation.assignments.policies import IDLE_MINUTES, FileInOtherHands, UnableToHandOver
from foundation.assignments.queries import assignment_of, free_for, held_by
from foundation.audit.models import AuditEntry
from foundation.notices.models import Message
from tests import build
from tests.enterprises.build import LATER, contractor, submitted

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)
IDLE = timedelta(minutes=IDLE_MINUTES)
MICROSECOND = timedelta(microseconds=1)


def test_the_second_is_told_who_has_it_since_when() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    with pytest.raises(FileInOtherHands) as refused:
        take_file(by=other, at=LATER + MINUTE, subject=file)
    assert one.user.shown_name in refused.value.sentence
    assert "2020年4月20日 10:00" in refused.value.sentence
    assert Assignment.objects.get().holder == one.user


def test_a_file_is_taken_over_only_deliberately_and_that_is_audited() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    taken = take_file(by=other, at=LATER + MINUTE, subject=file, deliberately=True)
    assert (taken.holder, taken.taken_at) == (other.user, LATER + MINUTE)
    entry = AuditEntry.objects.get(action="take_over_file")
    assert entry.details == {"from_account": one.user.pk} and entry.subject_id == file.pk


def test_a_decision_of_who_has_lost_the_file_does_nothing() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    take_file(by=other, at=LATER + MINUTE, subject=file, deliberately=True)
    with pytest.raises(FileInOtherHands, match="没有生效"):
        pass_qualification(by=one, at=LATER + 2 * MINUTE, qualification=file)
    assert Qualification.objects.get().state == "submitted"
    pass_qualification(by=other, at=LATER + 2 * MINUTE, qualification=file)
    assert not Assignment.objects.exists()


def test_a_free_file_is_decided_without_taking_it() -> None:
    file = submitted()
    send_back_qualification(
        by=contractor(), at=LATER, qualification=file, item_reasons={"name": "不一致"}
    )
    assert not Assignment.objects.exists()


def test_an_idle_file_is_free_again_after_the_last_moment() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    files = Qualification.objects.all()
    assert not free_for(files, other, LATER + IDLE).exists()
    assert assignment_of(file, LATER + IDLE)
    with pytest.raises(FileInOtherHands):
        take_file(by=other, at=LATER + IDLE, subject=file)
    assert free_for(files, other, LATER + IDLE + MICROSECOND).exists()
    assert assignment_of(file, LATER + IDLE + MICROSECOND) is None
    assert take_file(by=other, at=LATER + IDLE + MICROSECOND, subject=file).holder == other.user
    assert not AuditEntry.objects.filter(action="take_over_file").exists()


def test_a_sign_of_work_keeps_it_and_an_old_one_never_sets_it_back() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    assert keep_file_in_hand(by=one, at=LATER + 20 * MINUTE, subject=file)
    assert keep_file_in_hand(by=one, at=LATER + 5 * MINUTE, subject=file)
    assert Assignment.objects.get().seen_at == LATER + 20 * MINUTE
    assert not keep_file_in_hand(by=other, at=LATER + 21 * MINUTE, subject=file)
    assert [held.label for held in held_by(one.user, LATER + 21 * MINUTE)] == [str(file)]


def test_released_files_go_back_and_only_by_who_has_them() -> None:
    file, one, other = submitted(), contractor(), contractor()
    take_file(by=one, at=LATER, subject=file)
    assert not release_file(by=other, at=LATER, subject=file)
    assert release_file(by=one, at=LATER, subject=file)
    assert not release_file(by=one, at=LATER, subject=file)
    assert take_file(by=other, at=LATER, subject=file).holder == other.user


def test_a_file_is_handed_to_a_colleague_of_the_same_office() -> None:
    file, one, other = submitted(), contractor(), contractor()
    with pytest.raises(FileInOtherHands):
        hand_over_file(by=one, at=LATER, subject=file, colleague=other.user)
    take_file(by=one, at=LATER, subject=file)
    for stranger in (
        contractor("zhuhai").user,
        build.account(Role.BUREAU),
        build.account(Role.CONTRACTOR, is_active=False),
        one.user,
    ):
        with pytest.raises(UnableToHandOver):
            hand_over_file(by=one, at=LATER, subject=file, colleague=stranger)
    hand_over_file(by=one, at=LATER + MINUTE, subject=file, colleague=other.user, link="/x/")
    assert Assignment.objects.get().holder == other.user
    assert Message.objects.get(recipient=other.user).event == "file_handed_over"
    assert AuditEntry.objects.get(action="hand_over_file").details == {"to_account": other.user.pk}
