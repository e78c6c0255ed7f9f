"""Violations reported and decided, sanctions lifted, money recovered (S1)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.credit_codes import BadCreditCode
from foundation.documents.checks import UnableToKeepFile
from foundation.errors import IllegalMove, OutOfReach
from foundation.moments import local_day
from foundation.rosters.models import Measure, Sanction, Violation
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    lift_sanction,
    record_recovery,
    sanction_violation,
)
from foundation.rosters.policies import (
    EVIDENCE_MAX,
    UnableToDecide,
    UnableToLift,
    UnableToRecover,
    UnableToReport,
)
from foundation.rosters.states import ViolationState
from tests import build
from tests.rosters.build import AT, bureau, contractor, evidence, violation

pytestmark = [pytest.mark.django_db, pytest.mark.rule("S1")]

LATER = AT + timedelta(days=1)


def decide(found: Violation | None = None, by=None, **values) -> Sanction:
    fields = {
        "measure": Measure.DISQUALIFICATION,
        "until": None,
        "money_to_recover": Decimal(0),
        "reason": "属实",
    }
    return sanction_violation(
        by=by or bureau(), at=AT, violation=found or violation(), **{**fields, **values}
    )


class TestReporting:
    def test_keeps_what_was_reported_with_its_evidence(self):
        by = contractor()
        found = violation(
            by, credit_code=build.credit_code().lower(), evidence=[evidence(), evidence("二.png")]
        )
        assert found.state == ViolationState.REPORTED
        assert found.city == by.user.city
        assert found.credit_code == found.credit_code.upper()
        assert found.evidence.count() == 2
        entry = AuditEntry.objects.get(action="report_violation")
        assert (entry.at, entry.actor, entry.subject_id) == (AT, by.user, found.pk)

    @pytest.mark.parametrize(
        ("values", "refusal", "field"),
        [
            ({"evidence": []}, UnableToReport, "evidence"),
            ({"description": "  "}, UnableToReport, "description"),
            ({"party_name": " "}, UnableToReport, "party_name"),
            ({"credit_code": "91440101MA59ABCD1A"}, BadCreditCode, "credit_code"),
        ],
    )
    def test_refuses_what_is_incomplete(self, values, refusal, field):
        with pytest.raises(refusal) as refused:
            violation(**values)
        assert refused.value.field == field
        assert not Violation.objects.exists()

    def test_the_number_of_files_has_a_limit(self):
        files = [evidence(f"{place}.png") for place in range(EVIDENCE_MAX)]
        assert violation(evidence=files).evidence.count() == EVIDENCE_MAX
        with pytest.raises(UnableToReport):
            violation(evidence=[*files, evidence()])

    def test_a_file_that_is_not_accepted_leaves_nothing(self):
        with pytest.raises(UnableToKeepFile):
            violation(evidence=[evidence(), SimpleUploadedFile("a.pdf", b"no pdf")])
        assert not Violation.objects.exists()

    @pytest.mark.parametrize("role", [Role.BUREAU, Role.ENTERPRISE, Role.EXPERT, Role.PROVINCE])
    def test_only_a_contractor_reports(self, role):
        with pytest.raises(OutOfReach):
            violation(build.actor(build.account(role)))

    def test_a_contractor_without_a_city_has_nowhere_to_report(self):
        with pytest.raises(OutOfReach):
            violation(build.actor(build.account(Role.CONTRACTOR, city=None)))


class TestDeciding:
    def test_a_sanction_holds_from_the_moment_of_the_decision(self):
        by, found = bureau(), violation()
        sanction = decide(found, by, money_to_recover=Decimal("1234.56"))
        found.refresh_from_db()
        assert found.state == ViolationState.SANCTIONED
        assert (found.decided_at, found.decided_by) == (AT, by.user)
        assert sanction.from_at == AT
        assert sanction.money_to_recover == Decimal("1234.56")
        moves = AuditEntry.objects.filter(action__in=["sanction_violation", "impose_sanction"])
        assert {move.reason for move in moves} == {"属实"}
        assert moves.count() == 2

    def test_dismissing_keeps_the_reason_and_makes_no_sanction(self):
        found = violation()
        dismiss_violation(by=bureau(), at=AT, violation=found, reason="证据不足")
        found.refresh_from_db()
        assert (found.state, found.decision_reason) == (ViolationState.DISMISSED, "证据不足")
        assert not Sanction.objects.exists()

    def test_is_done_once(self):
        found = violation()
        decide(found)
        with pytest.raises(IllegalMove):
            decide(found)
        with pytest.raises(IllegalMove):
            dismiss_violation(by=bureau(), at=AT, violation=found, reason="重复")
        assert Sanction.objects.count() == 1

    @pytest.mark.rule("R3")
    def test_the_person_who_reported_does_not_decide_under_another_account(self):
        reporter = contractor()
        found = violation(reporter)
        twin = bureau(person=reporter.user.person, is_superuser=True)
        for act in (
            lambda: decide(found, twin),
            lambda: dismiss_violation(by=twin, at=AT, violation=found, reason="无"),
        ):
            with pytest.raises(UnableToDecide):
                act()
        found.refresh_from_db()
        assert found.state == ViolationState.REPORTED

    def test_is_for_the_bureau_of_the_city(self):
        found = violation()
        for by in (
            bureau(build.city("foshan")),
            contractor(),
            build.actor(build.account(Role.PROVINCE)),
        ):
            with pytest.raises(OutOfReach):
                decide(found, by)
            with pytest.raises(OutOfReach):
                dismiss_violation(by=by, at=AT, violation=found, reason="无")

    @pytest.mark.parametrize(
        ("values", "field"),
        [
            ({"measure": Measure.SUSPENSION}, "until"),
            (
                {
                    "measure": Measure.SUSPENSION,
                    "until": local_day(AT) - timedelta(days=1),
                },
                "until",
            ),
            ({"measure": Measure.WARNING, "until": local_day(AT)}, "until"),
            ({"measure": Measure.DISQUALIFICATION, "until": local_day(AT)}, "until"),
            ({"measure": "other"}, "measure"),
            ({"money_to_recover": Decimal("-0.01")}, "money_to_recover"),
            ({"reason": " "}, "reason"),
        ],
    )
    def test_refuses_a_measure_that_does_not_hold_together(self, values, field):
        with pytest.raises(UnableToDecide) as refused:
            decide(**values)
        assert refused.value.field == field
        assert not Sanction.objects.exists()

    def test_a_suspension_may_end_today(self):
        sanction = decide(measure=Measure.SUSPENSION, until=local_day(AT))
        assert sanction.until == local_day(AT)

    def test_the_database_refuses_a_suspension_without_end(self):
        sanction = decide()
        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.filter(pk=sanction.pk).update(measure=Measure.SUSPENSION)


class TestLifting:
    def test_ends_what_is_in_force_and_is_audited(self):
        sanction = decide()
        lifted = lift_sanction(by=bureau(), at=LATER, sanction=sanction, reason="已整改")
        assert lifted.lifted_at == LATER
        assert AuditEntry.objects.get(action="lift_sanction").reason == "已整改"

    def test_refuses_what_stops_nothing_any_more(self):
        warning = decide(measure=Measure.WARNING)
        ended = decide(measure=Measure.SUSPENSION, until=local_day(AT))
        lifted = decide()
        lift_sanction(by=bureau(), at=LATER, sanction=lifted, reason="已整改")
        for sanction in (warning, ended, lifted):
            with pytest.raises(UnableToLift):
                lift_sanction(by=bureau(), at=LATER, sanction=sanction, reason="已整改")

    def test_needs_a_reason(self):
        with pytest.raises(UnableToDecide):
            lift_sanction(by=bureau(), at=LATER, sanction=decide(), reason=" ")

    @pytest.mark.rule("R3")
    def test_is_not_for_the_person_who_reported(self):
        reporter = contractor()
        sanction = decide(violation(reporter))
        with pytest.raises(UnableToDecide):
            lift_sanction(
                by=bureau(person=reporter.user.person), at=LATER, sanction=sanction, reason="无"
            )

    def test_is_for_the_bureau_of_the_city(self):
        sanction = decide()
        for by in (bureau(build.city("foshan")), contractor()):
            with pytest.raises(OutOfReach):
                lift_sanction(by=by, at=LATER, sanction=sanction, reason="无")


class TestRecovering:
    def test_adds_up_to_the_fen_and_not_beyond(self):
        sanction = decide(money_to_recover=Decimal("100.00"))
        record_recovery(by=bureau(), at=LATER, sanction=sanction, amount=Decimal("99.99"))
        with pytest.raises(UnableToRecover):
            record_recovery(by=bureau(), at=LATER, sanction=sanction, amount=Decimal("0.02"))
        done = record_recovery(by=bureau(), at=LATER, sanction=sanction, amount=Decimal("0.01"))
        assert done.money_recovered == Decimal("100.00")
        with pytest.raises(UnableToRecover):
            record_recovery(by=bureau(), at=LATER, sanction=sanction, amount=Decimal("0.01"))
        assert sum(one.amount for one in sanction.recoveries.all()) == done.money_recovered
        assert {one.received_on for one in sanction.recoveries.all()} == {LATER.date()}
        assert AuditEntry.objects.filter(action="record_recovery").count() == 2

    @pytest.mark.parametrize("amount", [Decimal(0), Decimal("-1")])
    def test_refuses_nothing_and_less(self, amount):
        sanction = decide(money_to_recover=Decimal(100))
        with pytest.raises(UnableToRecover):
            record_recovery(by=bureau(), at=LATER, sanction=sanction, amount=amount)

    def test_is_for_the_bureau_of_the_city(self):
        sanction = decide(money_to_recover=Decimal(100))
        for by in (bureau(build.city("foshan")), contractor()):
            with pytest.raises(OutOfReach):
                record_recovery(by=by, at=LATER, sanction=sanction, amount=Decimal(1))

    def test_the_database_refuses_more_than_there_is_to_recover(self):
        sanction = decide(money_to_recover=Decimal(100))
        with pytest.raises(IntegrityError), transaction.atomic():
            Sanction.objects.filter(pk=sanction.pk).update(money_recovered=Decimal("100.01"))


def test_a_violation_is_named_by_the_day_in_shanghai():
    """Midnight in Shanghai is still the day before in UTC."""
    found = violation(at=AT.replace(hour=0, minute=5))
    assert str(found).endswith(str(date(2020, 4, 1)))
