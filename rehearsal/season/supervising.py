"""Violations are reported by the contractor and decided by the bureau; sanctions bite at once (S1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial

from foundation.moments import moment
from foundation.rosters.models import Measure, Sanction, Violation
from foundation.rosters.operations.sanctioning import (
    dismiss_violation,
    lift_sanction,
    record_recovery,
    report_violation,
    sanction_violation,
)
from foundation.rosters.policies import UnableToDecide
from orders.models import Order
from orders.states import OrderState
from redemption.models import Claim
from redemption.states import ClaimState
from rehearsal.season.company import Company
from vouchers.models import Application
from vouchers.states import Tier

RECOVERED = Decimal(3_000)


def plan_supervising(company: Company) -> None:
    """An applicant while its batch is open, a provider whose claims stop, an enterprise that pays back."""
    year, agenda = company.plan.year, company.agenda
    third = company.plan.batches[2]
    agenda.at(
        third.opens + (third.closes - third.opens) / 2, partial(_suspend_an_applicant, company)
    )
    at = moment(company.hours.workday_from(date(year, 9, 2)), 10)
    agenda.at(at, partial(_suspend_a_provider, company))
    at = moment(company.hours.workday_from(date(year, 10, 12)), 10)
    agenda.at(at, partial(_recover_from_an_enterprise, company))
    at = moment(company.hours.workday_from(date(year, 8, 10)), 10)
    agenda.at(at, partial(_warn_and_dismiss, company))


def _report(company: Company, credit_code: str, name: str, what: str, at: datetime) -> Violation:
    """Reported by the seconded contractor, so that the bureau's first person may not decide."""
    violation = report_violation(
        by=company.office.seconded,
        at=at,
        credit_code=credit_code,
        party_name=name,
        description=what,
        evidence=[company.papers.scan("违规证据", name)],
    )
    company.tally.count("violations_reported")
    return violation


def _sanction(
    company: Company, violation: Violation, measure: Measure, at: datetime, **terms: object
) -> Sanction:
    deciding = partial(
        sanction_violation,
        at=at,
        violation=violation,
        measure=measure,
        reason="经核查情况属实",
        **terms,
    )
    company.tally.must_refuse(partial(deciding, by=company.office.bureau), UnableToDecide)
    sanction = deciding(by=company.office.second_bureau)
    company.tally.count(f"sanctions_{measure.value}")
    return sanction


def _suspend_an_applicant(company: Company, at: datetime) -> None:
    """Applied in good order, suspended before the ranking: passed over there (B6, S1)."""
    line = Application.objects.filter(batch=company.batches[2], withdrawn_at=None)
    chosen = (
        line.filter(counted_tier=Tier.PRIORITY).order_by("pk").last() or line.order_by("pk").last()
    )
    if chosen is None:
        return
    player = company.by_enterprise[chosen.enterprise_id]
    violation = _report(company, player.part.credit_code, player.part.name, "提供虚假完税证明", at)
    until = date(company.plan.year, 10, 31)
    _sanction(company, violation, Measure.SUSPENSION, at, until=until)


def _suspend_a_provider(company: Company, at: datetime) -> None:
    """Its claims, orders and acceptances stop at once, and go on when the suspension is lifted."""
    claim = (
        Claim.objects.filter(
            programme=company.programme,
            state__in=(ClaimState.SUBMITTED, ClaimState.FIRST_REVIEWED, ClaimState.APPROVED),
        )
        .order_by("pk")
        .first()
    )
    if claim is None:
        return
    player = company.by_provider[claim.provider_id]
    violation = _report(company, player.part.credit_code, player.part.name, "产品价格明显虚高", at)
    until = date(company.plan.year, 10, 31)
    sanction = _sanction(company, violation, Measure.SUSPENSION, at, until=until)
    later = moment(company.hours.workday_from(date(company.plan.year, 9, 21)), 14)
    company.agenda.at(later, partial(_lift, company, sanction))


def _lift(company: Company, sanction: Sanction, at: datetime) -> None:
    lift_sanction(
        by=company.office.second_bureau, at=at, sanction=sanction, reason="整改完成，提前解除"
    )
    company.tally.count("sanctions_lifted")


def _recover_from_an_enterprise(company: Company, at: datetime) -> None:
    """The right to receive is lost, and money is to come back; it comes (S1)."""
    orders = Order.objects.filter(voucher__batch__programme=company.programme)
    # Not one whose payment would then never be accepted.
    unfinished = orders.filter(state__in=(OrderState.PAID, OrderState.PAYMENT_CORRECTION))
    settled = orders.filter(state=OrderState.SETTLED)
    order = (
        settled.exclude(enterprise__in=unfinished.order_by().values("enterprise"))
        .order_by("pk")
        .first()
    )
    if order is None:
        return
    player = company.by_enterprise[order.enterprise_id]
    violation = _report(
        company, player.part.credit_code, player.part.name, "与机构串通虚开发票", at
    )
    sanction = _sanction(
        company, violation, Measure.DISQUALIFICATION, at, money_to_recover=RECOVERED
    )
    for part, days in ((RECOVERED / 3, 20), (RECOVERED * 2 / 3, 40)):
        company.agenda.at(at + timedelta(days=days), partial(_recover, company, sanction, part))


def _recover(company: Company, sanction: Sanction, amount: Decimal, at: datetime) -> None:
    record_recovery(by=company.office.second_bureau, at=at, sanction=sanction, amount=amount)
    company.tally.count("recoveries")


def _warn_and_dismiss(company: Company, at: datetime) -> None:
    """A warning stops nothing; a report without substance is dismissed."""
    warned, accused = company.enterprises[-1], company.enterprises[-2]
    violation = _report(company, warned.part.credit_code, warned.part.name, "材料多次填写不实", at)
    _sanction(company, violation, Measure.WARNING, at)
    violation = _report(company, accused.part.credit_code, accused.part.name, "匿名举报", at)
    dismiss_violation(
        by=company.office.second_bureau, at=at, violation=violation, reason="查无实据"
    )
    company.tally.count("violations_dismissed")
