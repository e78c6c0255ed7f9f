"""Whom single acts tell, and what: batches, money that comes back, sanctions, objections, queues (N2, V7)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest

from enterprises.models import Qualification
from enterprises.states import QualificationState
from enterprises.tasks import remind as remind_reviewers
from foundation.accounts.models import Role
from foundation.audit.operations import PersonalDataInReason
from foundation.moments import moment
from foundation.notices.models import Message, OutboxEntry
from foundation.notices.words import words_of
from foundation.rosters.models import Measure
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    lift_sanction,
    record_recovery,
    sanction_violation,
)
from redemption.tasks import remind as remind_of_claims
from tests import build
from tests.redemption import build as claims
from tests.rosters import build as rosters
from vouchers.operations.announcing import tell_announced
from vouchers.operations.applying import withdraw_application
from vouchers.operations.issuing import announce_batch, draft_batch
from vouchers.operations.reclaiming import reclaim_batch, return_voucher

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N2")]

MONDAY = moment(date(2020, 6, 1), 9)


def told(event: str) -> set[int]:
    """The accounts that got the event; nobody may have got it twice."""
    accounts = list(Message.objects.filter(event=event).values_list("recipient", flat=True))
    assert len(accounts) == len(set(accounts)), f"{event} came twice"
    return set(accounts)


def only(event: str) -> str:
    """All that the one message of the event says, in the inbox."""
    words = words_of(Message.objects.get(event=event))
    return f"{words.subject}\n{words.text}\n{words.todo}\n{words.until}"


def announced():
    by = build.actor(build.account(Role.BUREAU))
    batch = draft_batch(
        by=by,
        at=MONDAY,
        programme=build.programme(),
        amount=Decimal(2_000_000),
        opens_at=build.OPENS,
        closes_at=build.CLOSES,
        valid_until=date(2020, 11, 30),
    )
    return announce_batch(by=by, at=MONDAY, batch=batch)


@pytest.mark.rule("B1")
class TestABatch:
    def test_the_citys_enterprises_learn_of_it_and_what_is_missing(self) -> None:
        ready, unready = build.enterprise(), build.enterprise(passed=False)
        large = build.enterprise(size_class="large")
        build.enterprise(of=build.city("zhuhai"))
        batch = announced()
        assert told("batch_announced") == {ready.account_id}
        assert told("batch_announced_not_ready") == {unready.account_id}
        assert not Message.objects.filter(recipient=large.account).exists()
        said = only("batch_announced")
        assert "2020年6月28日 15:00" in said
        assert "2,000,000 元" in said
        assert "年度资格尚未核对通过" in only("batch_announced_not_ready")
        assert OutboxEntry.objects.count() == 2
        assert Message.objects.get(event="batch_announced").link == f"/batches/{batch.pk}/"

    def test_told_again_it_is_told_once(self) -> None:
        build.enterprise()
        batch = announced()
        assert tell_announced(batch, at=MONDAY + timedelta(minutes=1)) == 0
        assert len(told("batch_announced")) == 1

    def test_a_withdrawal_has_its_receipt(self) -> None:
        batch, enterprise = build.batch(), build.enterprise()
        application = build.apply(batch, enterprise)
        withdraw_application(
            by=build.actor(enterprise.account), at=batch.opens_at, application=application
        )
        assert told("application_withdrawn") == {enterprise.account_id}
        assert application.number in only("application_withdrawn")


@pytest.mark.rule("V3", "V4")
class TestMoneyThatComesBack:
    def test_a_return_has_its_receipt(self) -> None:
        voucher = build.voucher()
        return_voucher(
            by=build.actor(voucher.enterprise.account),
            at=build.RESULTS + timedelta(days=1),
            voucher=voucher,
            amount=Decimal(5000),
        )
        assert "5,000 元" in only("voucher_returned")

    def test_what_the_sweeper_takes_is_told_once_with_its_amount(self) -> None:
        batch = build.batch()
        holders = [build.enterprise() for _ in range(3)]
        for holder in holders:
            build.apply(batch, holder)
        build.decide(batch)
        over = batch.usage_ends_at + timedelta(minutes=6)
        for later in range(3):
            reclaim_batch(by=build.JOB, at=over + timedelta(minutes=later), batch_pk=batch.pk)
        assert told("voucher_reclaimed") == {holder.account_id for holder in holders}
        message = Message.objects.filter(event="voucher_reclaimed").first()
        assert "20000 元" in words_of(message).text
        assert OutboxEntry.objects.filter(message__event="voucher_reclaimed").count() == 3


@pytest.mark.rule("S1")
class TestSanctions:
    def sanction(
        self, code: str, measure: str = Measure.SUSPENSION, reason: str = "电话核实", **fields
    ):
        by = rosters.bureau()
        violation = rosters.violation(credit_code=code)
        self.reporter = violation.reported_by
        self.bureau = by.user
        return sanction_violation(
            by=by,
            at=rosters.AT,
            violation=violation,
            measure=measure,
            reason=reason,
            **fields,
        )

    @pytest.mark.rule("F5")
    def test_a_number_in_the_reason_is_refused_before_anybody_is_told(self) -> None:
        code = build.enterprise().credit_code
        with pytest.raises(PersonalDataInReason):
            self.sanction(code, until=date(2020, 12, 31), reason="电话 13800138000 核实")
        assert not told("sanction_imposed")

    def test_reporter_bureau_and_party_are_told(self) -> None:
        enterprise = build.enterprise()
        other_bureau = build.account(Role.BUREAU)
        build.account(Role.BUREAU, of=build.city("zhuhai"))
        sanction = self.sanction(
            enterprise.credit_code, until=date(2020, 12, 31), money_to_recover=Decimal(3000)
        )
        assert told("violation_reported") == {other_bureau.pk, self.bureau.pk}
        assert told("violation_sanctioned") == {self.reporter.pk}
        assert told("sanction_imposed") == {enterprise.account_id}
        said = only("sanction_imposed")
        for words in ("广州", "暂停资格（至2020年12月31日）", "应追回服务券资金 3,000 元", "核实"):
            assert words in said
        later = rosters.AT + timedelta(days=1)
        by = rosters.bureau()
        record_recovery(by=by, at=later, sanction=sanction, amount=Decimal(1000))
        assert "尚余 2,000 元" in only("sanction_recovered")
        lift_sanction(by=by, at=later, sanction=sanction, reason="已整改")
        assert told("sanction_lifted") == {enterprise.account_id}

    def test_a_provider_is_told_too_and_a_warning_stops_nothing(self) -> None:
        provider = build.provider()
        self.sanction(provider.credit_code, Measure.WARNING)
        assert told("sanction_warned") == {provider.account_id}
        assert "不影响办理业务" in only("sanction_warned")

    def test_who_has_no_account_here_is_told_nothing(self) -> None:
        self.sanction(build.credit_code(), Measure.DISQUALIFICATION)
        assert told("sanction_imposed") == set()

    def test_a_dismissal_goes_to_the_reporter_alone(self) -> None:
        enterprise = build.enterprise()
        violation = rosters.violation(credit_code=enterprise.credit_code)
        dismiss_violation(by=rosters.bureau(), at=rosters.AT, violation=violation, reason="不属实")
        assert told("violation_dismissed") == {violation.reported_by_id}
        assert not Message.objects.filter(recipient=enterprise.account).exists()


@pytest.mark.rule("R4")
def test_the_provider_learns_of_an_objection_and_the_objector_of_the_answer() -> None:
    made = claims.at_step("publish", 2)
    objector = build.enterprise()
    objection = made.object(by=build.actor(objector.account))
    made.object(1)
    assert Message.objects.filter(event="claim_objected").count() == 2
    message = Message.objects.filter(event="claim_objected").first()
    assert message.recipient == made.scene.provider.account
    assert "没有发生" not in words_of(message).text
    made.answer(objection, uphold=False)
    assert told("objection_result") == {objector.account_id}
    assert objection.receipt in only("objection_result")


@pytest.mark.rule("R2", "V7")
def test_an_expert_is_reminded_each_full_week_until_the_opinion_is_given() -> None:
    made = claims.at_step("submit")
    opinion = made.assign()
    waiting = Message.objects.filter(event="opinion_waiting", recipient=made.expert)
    week = timedelta(days=7)
    for at in (week - claims.MICROSECOND, week, week, week + timedelta(days=1)):
        remind_of_claims(claims.REVIEWED + at)
    assert waiting.count() == 1
    made.advise(opinion, at=claims.REVIEWED + week)
    remind_of_claims(claims.REVIEWED + 2 * week)
    assert waiting.count() == 1


@pytest.mark.rule("V7", "E6")
class TestTheQueueOfFiles:
    def test_reviewers_are_told_once_each_working_morning(self) -> None:
        contractor = build.account(Role.CONTRACTOR)
        build.account(Role.CONTRACTOR, of=build.city("zhuhai"))
        assert remind_reviewers(MONDAY) == 0, "nothing waits"
        for _ in range(3):
            build.enterprise(passed=False)
        Qualification.objects.filter(state=QualificationState.DRAFT).update(
            state=QualificationState.SUBMITTED
        )
        assert remind_reviewers(MONDAY - timedelta(hours=2)) == 0, "before eight"
        assert remind_reviewers(MONDAY) == 1
        assert remind_reviewers(MONDAY + timedelta(hours=5)) == 0
        assert told("qualifications_waiting") == {contractor.pk}
        assert "有 3 份企业资料等待核对" in only("qualifications_waiting")
        assert remind_reviewers(MONDAY + timedelta(days=1)) == 1
        assert remind_reviewers(MONDAY + timedelta(days=5)) == 0, "a Saturday"

    def test_a_year_without_a_calendar_stops_nobody(self) -> None:
        build.account(Role.CONTRACTOR)
        build.enterprise(passed=False)
        Qualification.objects.update(state=QualificationState.SUBMITTED)
        assert remind_reviewers(moment(date(2095, 6, 6), 9)) == 1
