"""The rush: enterprises apply, withdraw, come too early, too late or too greedy (B2–B5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from enterprises.policies import NotEligible
from foundation.moments import ONE_MICROSECOND
from rehearsal.agenda import Act
from rehearsal.season.company import Company, EnterprisePlayer
from rehearsal.season.plan import BatchPlan
from vouchers.models import Application, Batch
from vouchers.operations.applying import submit_application, withdraw_application
from vouchers.policies import BatchFull, UnableToApply, UnableToWithdraw
from vouchers.queries import allowance_left

_AMOUNTS = (5_000, 8_000, 10_000, 12_000, 15_000, 20_000)
_LEAST = 2_000
# Priority enterprises know that they need not hurry; the later they come, the more they overtake.
_HURRY = {False: 3.0, True: 1.4}
_WITHDRAWALS = {"stay": 24, "withdraw": 1, "withdraw_and_return": 1}


def plan_applying(company: Company) -> None:
    """Before each opening everybody decides whether and when to apply."""
    for place, plan in enumerate(company.plan.batches):
        company.agenda.at(
            plan.opens - timedelta(minutes=10), partial(_line_up, company, place, plan)
        )


def _line_up(company: Company, place: int, plan: BatchPlan, at: datetime) -> None:
    """Who wants to apply, for how much and when; decided before the opening, in the order of the cast."""
    batch, rng, agenda = company.batches[place], company.rng, company.agenda
    length = (plan.closes - plan.opens).total_seconds()
    wanted: list[tuple[datetime, EnterprisePlayer, Decimal]] = []
    last_to_come: EnterprisePlayer | None = None
    for player in company.enterprises:
        if not player.is_passed or player.fate == "blacklisted":
            continue
        left = allowance_left(player.enterprise.pk, company.programme)
        if left < _LEAST:
            continue
        if rng.random() > plan.appetite:
            last_to_come = last_to_come or player
            continue
        amount = min(Decimal(rng.choice(_AMOUNTS)), left // 100 * 100)
        seconds = length * rng.random() ** _HURRY[player.is_priority]
        moment = plan.opens + timedelta(microseconds=int(seconds * 1_000_000))
        wanted.append((moment, player, amount))
    if last_to_come is not None:
        # The deadline moment itself is still in time (B2).
        wanted.append((plan.closes, last_to_come, Decimal(_LEAST)))
    for moment, player, amount in wanted:
        agenda.at(moment, partial(_apply, company, batch, player, amount))
    if wanted:
        _plan_mistakes(company, batch, plan, [player for _, player, _ in wanted])


def _plan_mistakes(
    company: Company, batch: Batch, plan: BatchPlan, wanting: list[EnterprisePlayer]
) -> None:
    """What the rules must refuse, each once per batch, at the very edges of time and money."""
    agenda, refuse = company.agenda, company.tally.must_refuse
    someone = wanting[0]

    def apply(player: EnterprisePlayer, amount: Decimal, at: datetime) -> object:
        return submit_application(by=player.actor, at=at, batch_pk=batch.pk, amount=amount)

    def must_not(player: EnterprisePlayer, amount: int) -> Act:
        # A sanction that came since the enterprise was chosen is a refusal as well.
        return lambda at: refuse(
            lambda: apply(player, Decimal(amount), at), UnableToApply, NotEligible
        )

    agenda.at(plan.opens - ONE_MICROSECOND, must_not(someone, 5_000))
    agenda.at(plan.opens, must_not(someone, 5_050))
    agenda.at(plan.opens, must_not(someone, 20_100))
    agenda.at(plan.closes + ONE_MICROSECOND, must_not(someone, 5_000))
    for player in company.enterprises:
        if player.fate == "blacklisted" and player.is_passed:
            agenda.at(plan.opens, must_not(player, 5_000))


def _apply(
    company: Company, batch: Batch, player: EnterprisePlayer, amount: Decimal, at: datetime
) -> None:
    """An application that the batch may be full for (B4), or a sanction stands in the way of (S1).

    Some are withdrawn again, and some of those come back.
    """
    application = company.tally.attempt(
        "applications",
        lambda: submit_application(by=player.actor, at=at, batch_pk=batch.pk, amount=amount),
        BatchFull,
        NotEligible,
    )
    if application is None:
        return
    fate = company.deck("withdrawals", _WITHDRAWALS).draw()
    if fate == "stay":
        return
    rest = batch.closes_at - at
    leaves = at + rest / 4
    company.agenda.at(leaves, partial(_withdraw, company, application, player))
    if fate == "withdraw_and_return":
        company.agenda.at(at + rest / 2, partial(_apply_again, company, batch, player, amount))
    company.agenda.at(
        batch.closes_at + ONE_MICROSECOND, partial(_withdraw_too_late, company, batch)
    )


def _withdraw(
    company: Company, application: Application, player: EnterprisePlayer, at: datetime
) -> None:
    withdraw_application(by=player.actor, at=at, application=application)
    company.tally.count("withdrawals")


def _apply_again(
    company: Company, batch: Batch, player: EnterprisePlayer, amount: Decimal, at: datetime
) -> None:
    """A new application takes a new place in the line (B4)."""
    company.tally.attempt(
        "applications_again",
        lambda: submit_application(by=player.actor, at=at, batch_pk=batch.pk, amount=amount),
        BatchFull,
        NotEligible,
    )


def _withdraw_too_late(company: Company, batch: Batch, at: datetime) -> None:
    """After closing nobody leaves the line any more (B4)."""
    application = (
        Application.objects.filter(batch=batch, withdrawn_at=None)
        .select_related("enterprise")
        .order_by("pk")
        .first()
    )
    if application is not None:
        player = company.by_enterprise[application.enterprise_id]
        company.tally.must_refuse(
            lambda: withdraw_application(by=player.actor, at=at, application=application),
            UnableToWithdraw,
        )
