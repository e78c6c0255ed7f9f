"""Public lists, their period in working days, objections and their answers (R4, R7)."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from foundation.accounts.actors import Actor
from foundation.audit.models import AuditEntry
from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import end_of_day, moment
from foundation.notices.models import Message, Notice
from foundation.workdays.models import WorkdayException
from foundation.workdays.operations import remove_workday_exception, set_workday_exception
from foundation.workdays.policies import UnableToChangeCalendar
from foundation.workdays.queries import CalendarUnknown
from orders.states import OrderState
from redemption.models import Objection, PublicityList
from redemption.operations.objecting import new_receipt, reveal_contact
from redemption.operations.publishing import publish_claims
from redemption.policies import UnableToAnswer, UnableToObject, UnableToPublish
from redemption.queries import (
    dates_depending_on_workdays,
    get_published_line,
    objection_by_receipt,
    publicity_end_shown,
    publicity_ends_at,
    published_lines,
)
from redemption.states import ClaimState, LineState, ObjectionState
from tests import build, scans
from tests.orders.build import assert_books_balance
from tests.redemption import build as b

pytestmark = pytest.mark.django_db


@pytest.mark.rule("R4")
def test_approved_claims_go_on_a_public_list_with_a_notice():
    made = b.at_step("approve", 2)
    publicity = made.publish()
    claim = made.fresh()
    assert (claim.state, claim.publicity) == (ClaimState.PUBLISHED, publicity)
    assert [line.order for line in published_lines(publicity)] == made.orders
    notice = Notice.objects.get(kind="publicity")
    assert notice.link == f"/publicity/{publicity.pk}/"
    assert "2020年9月28日" in notice.body
    assert notice.publish_at == b.PUBLISHED
    assert Message.objects.filter(
        recipient=made.scene.provider.account, event="claim_published"
    ).exists()


@pytest.mark.rule("R4")
@pytest.mark.parametrize(
    ("published", "ends"),
    [
        # The day of publication does not count, however early it is; Sunday 27 September is a make-up workday.
        (moment(date(2020, 9, 22), 0), date(2020, 9, 28)),
        (moment(date(2020, 9, 22), 10), date(2020, 9, 28)),
        (end_of_day(date(2020, 9, 22)), date(2020, 9, 28)),
        (moment(date(2020, 9, 23), 0), date(2020, 9, 29)),
        # On a Saturday the count begins with the next working day, the make-up Sunday.
        (moment(date(2020, 9, 26), 9), date(2020, 10, 9)),
        # Over the October holidays: 30 September, then 9, 10 (a make-up Saturday), 12, 13 October.
        (moment(date(2020, 9, 29), 9), date(2020, 10, 13)),
    ],
)
def test_the_period_is_five_whole_working_days_after_the_day_of_publication(published, ends):
    publicity = PublicityList.objects.create(
        programme=build.programme(),
        published_at=published,
        published_by=build.account("bureau"),
    )
    assert publicity_ends_at(publicity) == end_of_day(ends)


@pytest.mark.rule("R4", "G2")
@pytest.mark.parametrize(("days", "ends"), [(1, date(2020, 9, 23)), (7, date(2020, 9, 30))])
def test_the_length_of_the_period_is_the_programmes(days, ends):
    publicity = PublicityList.objects.create(
        programme=build.programme(publicity_days=days),
        published_at=b.PUBLISHED,
        published_by=build.account("bureau"),
    )
    assert publicity_ends_at(publicity) == end_of_day(ends)


@pytest.mark.rule("R4", "B7")
def test_a_calendar_exception_moves_the_end_at_once():
    made = b.at_step("publish")
    assert dates_depending_on_workdays(b.PUBLISHED) == [(f"{made.claim.publicity}截止时间", b.ENDS)]
    WorkdayException.objects.create(day=date(2020, 9, 25), is_workday=False, name="台风停工")
    assert publicity_ends_at(made.claim.publicity) == end_of_day(date(2020, 9, 29))
    assert made.object(at=b.OVER).state == ObjectionState.FILED
    assert [at for _, at in dates_depending_on_workdays(b.PUBLISHED)] == [
        end_of_day(date(2020, 9, 29))
    ]


@pytest.mark.rule("R4", "B7")
def test_an_unknown_calendar_stops_the_publication():
    made = b.at_step("approve")
    with pytest.raises(CalendarUnknown):
        made.publish(at=moment(date(2098, 12, 30), 9))
    assert made.fresh().state == ClaimState.APPROVED
    assert not PublicityList.objects.exists()
    assert not Notice.objects.filter(kind="publicity").exists()
    unknown = PublicityList.objects.create(
        programme=made.programme,
        published_at=moment(date(2098, 12, 30), 9),
        published_by=made.bureau,
    )
    assert publicity_end_shown(unknown) is None
    assert dates_depending_on_workdays(b.PUBLISHED) == []


@pytest.mark.rule("R4")
@pytest.mark.parametrize("step", ["submit", "finish", "publish", "settle"])
def test_only_approved_claims_are_published(step):
    made = b.at_step(step)
    with pytest.raises(UnableToPublish, match="不能公示"):
        made.publish()


@pytest.mark.rule("R4")
def test_publishing_is_all_or_nothing_and_of_one_programme():
    made = b.at_step("approve")
    with pytest.raises(UnableToPublish, match="至少选择"):
        publish_claims(by=made.approver, at=b.PUBLISHED, programme=made.programme, claims=[])
    other = build.programme(year=2021)
    with pytest.raises(UnableToPublish, match="不属于该年度方案"):
        publish_claims(by=made.approver, at=b.PUBLISHED, programme=other, claims=[made.claim])
    assert made.fresh().state == ClaimState.APPROVED


@pytest.mark.rule("R4")
def test_only_the_bureau_of_the_city_publishes():
    made = b.at_step("approve")
    foreign = build.account("bureau", of=build.city("foshan"))
    for actor in (made.reviewer, made.seller, made.adviser, build.actor(foreign), b.PUBLIC):
        with pytest.raises(OutOfReach):
            made.publish(by=actor)


@pytest.mark.rule("R4", "R7")
def test_a_claim_with_nothing_to_pay_is_published_too():
    made = b.at_step("submit")
    made.disallow()
    made.finish()
    made.approve()
    made.publish()
    assert made.fresh().state == ClaimState.PUBLISHED
    assert get_published_line(made.line().pk).state == LineState.DISALLOWED


@pytest.mark.rule("R4")
@pytest.mark.parametrize(
    ("at", "in_time"),
    [
        (b.PUBLISHED - b.MICROSECOND, False),
        (b.PUBLISHED, True),
        (b.ENDS, True),
        (b.OVER, False),
    ],
)
def test_an_objection_is_in_time_to_the_last_moment_of_the_period(at: datetime, in_time: bool):
    made = b.at_step("publish")
    if in_time:
        assert made.object(at=at).filed_at == at
    else:
        with pytest.raises(UnableToObject, match="公示"):
            made.object(at=at)
        assert not Objection.objects.exists()


@pytest.mark.rule("R4")
def test_anyone_objects_with_evidence_and_follows_it_by_receipt_number():
    made = b.at_step("publish")
    objection = made.object(evidence_files=[scans.sent("照片.pdf"), scans.sent("聊天记录.pdf")])
    assert objection.state == ObjectionState.FILED
    assert objection.evidence.count() == 2
    assert objection.filed_by is None
    found = objection_by_receipt(f" {objection.receipt.lower()} ")
    assert found == objection
    assert found.contact == "13812345678"
    assert Message.objects.filter(recipient=made.bureau, event="objection_filed").exists()
    with pytest.raises(OutOfReach):
        objection_by_receipt("AAAA-AAAA-AAAA-AAAA")


@pytest.mark.rule("F5")
def test_the_contact_is_encrypted_and_nowhere_in_the_trail():
    made = b.at_step("publish")
    objection = made.object()
    raw = Objection.objects.filter(pk=objection.pk).extra(select={"raw": "contact"})
    assert "13812345678" not in raw.values_list("raw", flat=True).get()
    for entry in AuditEntry.objects.all():
        assert "13812345678" not in f"{entry.reason}{entry.details}"


@pytest.mark.rule("F5")
def test_who_looks_at_the_contact_is_kept_with_the_reason():
    made = b.at_step("publish")
    objection = made.object()
    with pytest.raises(UnableToAnswer):
        reveal_contact(by=made.approver, at=b.SETTLED, objection=objection, reason=" ")
    told = reveal_contact(by=made.reviewer, at=b.SETTLED, objection=objection, reason="电话核实")
    assert told == "13812345678"
    entry = AuditEntry.objects.get(action="reveal_contact")
    assert (entry.actor, entry.reason) == (made.contractor, "电话核实")
    for actor in (made.seller, made.adviser, b.PUBLIC):
        with pytest.raises(OutOfReach):
            reveal_contact(by=actor, at=b.SETTLED, objection=objection, reason="好奇")


@pytest.mark.rule("R4")
def test_receipt_numbers_cannot_be_guessed():
    receipts = {new_receipt() for _ in range(200)}
    assert len(receipts) == 200
    assert all(len(receipt) == 19 for receipt in receipts)


@pytest.mark.rule("R4")
@pytest.mark.parametrize("missing", ["name", "contact", "statement"])
def test_an_objection_says_who_how_and_what(missing):
    made = b.at_step("publish")
    with pytest.raises(UnableToObject) as refusal:
        made.object(**{missing: "  "})
    assert refusal.value.field == missing
    assert not Objection.objects.exists()


@pytest.mark.rule("R4")
def test_an_objection_brings_at_most_five_files_and_each_is_checked():
    made = b.at_step("publish")
    assert made.object(evidence_files=[scans.sent() for _ in range(5)]).evidence.count() == 5
    with pytest.raises(UnableToObject, match="最多 5 个"):
        made.object(evidence_files=[scans.sent() for _ in range(6)])
    with pytest.raises(UnableToKeepFile):
        made.object(evidence_files=[scans.sent(), b.text_file()])
    assert Objection.objects.count() == 1


@pytest.mark.rule("R4")
@pytest.mark.parametrize("state", ["draft", "submitted", "first_reviewed", "approved", "given_up"])
def test_what_is_not_public_cannot_be_objected_to_or_looked_at(state):
    made = b.in_state(state)
    with pytest.raises(OutOfReach):
        made.object()
    with pytest.raises(OutOfReach):
        get_published_line(made.line().pk)


@pytest.mark.rule("R4")
def test_what_was_paid_cannot_be_objected_to():
    made = b.at_step("settle")
    # A holiday declared afterwards opens the period again; the money is gone all the same.
    WorkdayException.objects.create(day=date(2020, 9, 25), is_workday=False, name="台风停工")
    with pytest.raises(UnableToObject, match="已拨付"):
        made.object(at=b.OVER)


@pytest.mark.rule("R4", "R7")
def test_an_upheld_objection_disallows_the_line_at_once():
    made = b.at_step("publish", 2)
    objection = made.object(1)
    answered = made.answer(objection, uphold=True, at=b.PUBLISHED, answer="经核查属实")
    assert (answered.state, answered.answered_by) == (ObjectionState.UPHELD, made.bureau)
    assert [line.state for line in made.lines()] == [LineState.PASSED, LineState.DISALLOWED]
    assert made.line(1).reason == "公示期复核申请成立：经核查属实"
    made.orders[1].refresh_from_db()
    assert made.orders[1].state == OrderState.DISALLOWED
    assert made.orders[1].disallowed == b.yuan(5000)
    assert made.fresh().state == ClaimState.PUBLISHED
    assert_books_balance(made.scene)
    for recipient in (made.contractor, made.scene.provider.account):
        assert Message.objects.filter(recipient=recipient, event="objection_answered").exists()


@pytest.mark.rule("R4")
def test_a_rejected_objection_leaves_the_line_to_be_paid():
    made = b.at_step("publish")
    made.answer(made.object(), uphold=False)
    assert made.line().state == LineState.PASSED
    assert made.settle().amount == b.yuan(5000)


@pytest.mark.rule("R4")
def test_a_second_objection_to_the_same_line_is_answered_too():
    made = b.at_step("publish")
    first, second = made.object(), made.object()
    made.answer(first, uphold=True)
    assert made.fresh().state == ClaimState.PUBLISHED
    assert made.answer(second, uphold=True).state == ObjectionState.UPHELD
    made.orders[0].refresh_from_db()
    assert made.orders[0].disallowed == b.yuan(5000)
    assert made.fresh().state == ClaimState.SETTLED
    assert_books_balance(made.scene)


@pytest.mark.rule("R4")
def test_a_disallowance_can_be_objected_to_and_is_answered():
    made = b.at_step("submit")
    made.disallow()
    made.finish()
    made.approve()
    made.publish()
    objection = made.object(by=made.seller, name="服务机构")
    assert made.answer(objection, uphold=False).state == ObjectionState.REJECTED


@pytest.mark.rule("R4")
def test_an_objection_is_answered_once_and_in_words():
    made = b.at_step("publish")
    objection = made.object()
    with pytest.raises(UnableToAnswer, match="答复"):
        made.answer(objection, uphold=True, answer=" ")
    made.answer(objection, uphold=False)
    with pytest.raises(IllegalMove):
        made.answer(objection, uphold=True)
    assert made.line().state == LineState.PASSED


@pytest.mark.rule("R4")
def test_only_the_bureau_of_the_city_answers():
    made = b.at_step("publish")
    objection = made.object()
    foreign = build.account("bureau", of=build.city("foshan"))
    for actor in (made.reviewer, made.seller, made.adviser, build.actor(foreign), b.PUBLIC):
        with pytest.raises(OutOfReach):
            made.answer(objection, uphold=False, by=actor)


@pytest.mark.rule("R3", "R4")
def test_one_does_not_answer_about_ones_own_review_or_objection():
    made = b.at_step("publish")
    human = build.person()
    objection = made.object(by=build.actor(build.account("district", person=human)))
    for person in (human, made.contractor.person):
        answerer = build.actor(b.another_account(person, "bureau"))
        with pytest.raises(UnableToAnswer, match="制审分离") as refusal:
            made.answer(objection, uphold=False, by=answerer)
        assert refusal.value.rule == "R3"
    # The approver may answer: the bureau answers for its approval.
    assert made.answer(objection, uphold=False).state == ObjectionState.REJECTED


def test_an_objection_is_audited_as_from_the_public():
    made = b.at_step("publish")
    made.object(by=Actor(address="203.0.113.9"))
    entry = AuditEntry.objects.get(action="file_objection")
    assert (entry.role, entry.address, entry.actor) == ("public", "203.0.113.9", None)


@pytest.mark.rule("R4", "B7")
@pytest.mark.parametrize("day", [date(2020, 9, 26), date(2020, 9, 25)])
def test_a_running_period_is_not_cut_short_by_a_day_that_is_over(day: date):
    """Saturday, made a working day when it is past, would end on Sunday what runs until Monday."""
    made = b.at_step("publish")
    bureau, sunday = made.approver, moment(date(2020, 9, 27), 20)
    # Friday was taken for a day off, and Sunday found out: so the period was announced, and so it stays.
    if day.weekday() == 4:
        set_workday_exception(by=bureau, at=b.PUBLISHED, day=day, is_workday=False, name="停工")
    before = publicity_ends_at(made.fresh().publicity)
    with pytest.raises(UnableToChangeCalendar, match="提前") as refusal:
        set_workday_exception(by=bureau, at=sunday, day=day, is_workday=True, name="补班")
    assert refusal.value.field == "day"
    if day.weekday() == 4:
        with pytest.raises(UnableToChangeCalendar, match="提前"):
            remove_workday_exception(
                by=bureau, at=sunday, exception=WorkdayException.objects.get(day=day)
            )
    assert publicity_ends_at(made.fresh().publicity) == before


@pytest.mark.rule("R4", "B7")
def test_a_working_day_to_come_still_moves_the_end():
    made = b.at_step("publish")
    saturday = date(2020, 9, 26)
    set_workday_exception(
        by=made.approver, at=b.PUBLISHED, day=saturday, is_workday=True, name="补班"
    )
    assert publicity_ends_at(made.fresh().publicity) < b.ENDS
