"""Violations and sanctions (S1).

A sanction takes effect at once because every act asks ``sanction_in_force`` at its own moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from foundation.accounts.actors import Actor, require_not_party, require_role, require_staff_of
from foundation.accounts.models import Role
from foundation.accounts.queries import identity_keys_of_code
from foundation.audit.operations import record
from foundation.credit_codes import check_credit_code
from foundation.documents.checks import Material
from foundation.documents.operations import keep_file
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.money import ZERO, spoken_money
from foundation.rosters.models import Recovery, Sanction, Violation
from foundation.rosters.operations.telling import (
    tell_bureau,
    tell_of_sanction,
    tell_party,
    tell_reporter,
)
from foundation.rosters.policies import (
    check_lift,
    check_measure,
    check_other_person,
    check_reason,
    check_received_on,
    check_recovery,
    check_report,
)
from foundation.rosters.states import VIOLATION


def report_violation(
    *,
    by: Actor,
    at: datetime,
    credit_code: str,
    party_name: str,
    description: str,
    evidence: Sequence[Material],
) -> Violation:
    """A violation by an enterprise or provider, reported by the contractor of a city with evidence (S1).

    Raises UnableToReport, BadCreditCode, or UnableToKeepFile for an evidence file that is not accepted (F1).
    """
    require_role(by, Role.CONTRACTOR)
    if by.user is None or by.user.city_id is None:
        raise OutOfReach("a violation belongs to a city")
    code = check_credit_code(credit_code)
    check_report(party_name=party_name, description=description, evidence=evidence)
    with transaction.atomic():
        violation = Violation.objects.create(
            city_id=by.user.city_id,
            credit_code=code,
            party_name=party_name.strip(),
            description=description.strip(),
            reported_at=at,
            reported_by=by.user,
        )
        violation.evidence.set([keep_file(file=file, by=by, at=at) for file in evidence])
        record(
            at=at,
            by=by,
            action="report_violation",
            subject=violation,
            to_state=violation.state,
            details={"credit_code": code, "files": len(evidence)},
        )
        tell_bureau(violation, at=at)
    return violation


def sanction_violation(
    *,
    by: Actor,
    at: datetime,
    violation: Violation,
    measure: str,
    until: date | None = None,
    money_to_recover: Decimal = ZERO,
    reason: str,
) -> Sanction:
    """The bureau's measure, in force from ``at`` (S1). ``until``: last day of a suspension; money in yuan.

    Raises UnableToDecide, also for the person who reported; IllegalMove when it was decided before.
    """
    with transaction.atomic():
        locked = _lock_violation(by, violation.pk)
        check_reason(reason)
        check_measure(measure=measure, until=until, money_to_recover=money_to_recover, at=at)
        _decide(locked, "sanction", by=by, at=at, reason=reason)
        sanction = Sanction.objects.create(
            violation=locked,
            city_id=locked.city_id,
            credit_code=locked.credit_code,
            measure=measure,
            from_at=at,
            until=until,
            money_to_recover=money_to_recover,
        )
        record(
            at=at,
            by=by,
            action="impose_sanction",
            subject=sanction,
            to_state=measure,
            reason=reason.strip(),
            details={
                "credit_code": sanction.credit_code,
                "until": until.isoformat() if until else "",
                "money_to_recover": str(money_to_recover),
            },
        )
        tell_of_sanction(sanction, reason=reason.strip(), at=at)
    return sanction


def dismiss_violation(*, by: Actor, at: datetime, violation: Violation, reason: str) -> Violation:
    """The bureau finds no violation, or none that calls for a measure (S1)."""
    with transaction.atomic():
        locked = _lock_violation(by, violation.pk)
        check_reason(reason)
        _decide(locked, "dismiss", by=by, at=at, reason=reason)
        tell_reporter(locked, "violation_dismissed", at=at)
    return locked


def lift_sanction(*, by: Actor, at: datetime, sanction: Sanction, reason: str) -> Sanction:
    """End a sanction at ``at``, which itself is free again (S1). Raises UnableToLift or UnableToDecide."""
    with transaction.atomic():
        locked = _lock_sanction(by, sanction.pk)
        check_other_person(
            reporter_person_id=locked.violation.reported_by.person_id,
            decider_person_id=by.person_id,
        )
        check_reason(reason)
        check_lift(measure=locked.measure, until=locked.until, lifted_at=locked.lifted_at, at=at)
        locked.lifted_at = at
        locked.save(update_fields=["lifted_at"])
        record(
            at=at,
            by=by,
            action="lift_sanction",
            subject=locked,
            from_state=locked.measure,
            reason=reason.strip(),
            details={"credit_code": locked.credit_code},
        )
        tell_party(locked, "sanction_lifted", at=at, reason=reason.strip())
    return locked


def record_recovery(
    *,
    by: Actor,
    at: datetime,
    sanction: Sanction,
    amount: Decimal,
    received_on: date | None = None,
    reference: str = "",
    receipt: Material | None = None,
) -> Sanction:
    """Money that came back, in yuan, added to what was recovered before (S1).

    ``received_on`` is today when not given. Raises UnableToRecover, and UnableToKeepFile for the receipt.
    """
    day = received_on or local_day(at)
    with transaction.atomic():
        locked = _lock_sanction(by, sanction.pk)
        check_recovery(
            amount=amount, to_recover=locked.money_to_recover, recovered=locked.money_recovered
        )
        check_received_on(day, decided_on=local_day(locked.from_at), today=local_day(at))
        assert by.user is not None, "the lock asked for the bureau"
        Recovery.objects.create(
            sanction=locked,
            amount=amount,
            received_on=day,
            reference=reference.strip(),
            receipt=keep_file(file=receipt, by=by, at=at) if receipt else None,
            recorded_at=at,
            recorded_by=by.user,
        )
        locked.money_recovered += amount
        locked.save(update_fields=["money_recovered"])
        record(
            at=at,
            by=by,
            action="record_recovery",
            subject=locked,
            details={"amount": str(amount), "money_recovered": str(locked.money_recovered)},
        )
        tell_party(
            locked,
            "sanction_recovered",
            at=at,
            amount=spoken_money(amount),
            left=spoken_money(locked.money_to_recover - locked.money_recovered),
        )
    return locked


def _lock_violation(by: Actor, pk: int) -> Violation:
    locked = (
        Violation.objects.select_for_update(of=("self",)).select_related("reported_by").get(pk=pk)
    )
    require_staff_of(by, locked.city_id, Role.BUREAU)
    require_not_party(by, *identity_keys_of_code(locked.credit_code))
    return locked


def _lock_sanction(by: Actor, pk: int) -> Sanction:
    locked = (
        Sanction.objects.select_for_update(of=("self",))
        .select_related("violation__reported_by", "city")
        .get(pk=pk)
    )
    require_staff_of(by, locked.city_id, Role.BUREAU)
    require_not_party(by, *identity_keys_of_code(locked.credit_code))
    return locked


def _decide(violation: Violation, verb: str, *, by: Actor, at: datetime, reason: str) -> None:
    """Both decisions: another person than the reporter, and the reason kept with the violation."""
    check_other_person(
        reporter_person_id=violation.reported_by.person_id, decider_person_id=by.person_id
    )
    violation.decided_at, violation.decided_by = at, by.user
    violation.decision_reason = reason.strip()
    _move(violation, verb, by=by, at=at)


def _move(violation: Violation, verb: str, *, by: Actor, at: datetime) -> None:
    before = violation.state
    violation.state = VIOLATION.target(before, verb)
    violation.save()
    record(
        at=at,
        by=by,
        action=f"{verb}_violation",
        subject=violation,
        from_state=before,
        to_state=violation.state,
        reason=violation.decision_reason,
        details={"credit_code": violation.credit_code},
    )
