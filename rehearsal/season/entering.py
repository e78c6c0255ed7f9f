"""Enterprises register and the contractor checks their files (E1–E6)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial

from enterprises.models import Qualification
from enterprises.operations import (
    pass_qualification,
    refuse_qualification,
    send_back_qualification,
    submit_qualification,
)
from enterprises.policies import UnableToRegister, UnableToSubmit
from enterprises.states import QualificationState
from foundation.accounts.models import Role
from foundation.credit_codes import BadCreditCode
from foundation.moments import local_day, moment
from rehearsal.season.company import Company, EnterprisePlayer
from rehearsal.steps import registering
from rehearsal.steps.staffing import sign_up

# Of every ten enterprises, which come before the first, the second and the third batch.
_WAVES = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)


def plan_entering(company: Company) -> None:
    """Sign-ups in waves before the batches, and the contractor's desk on every working day."""
    year = company.plan.year
    first = local_day(company.plan.begins) + timedelta(days=1)
    waves = (
        (first, date(year, 4, 9)),
        (date(year, 5, 6), date(year, 6, 19)),
        (date(year, 7, 1), date(year, 7, 15)),
    )
    for place, player in enumerate(company.enterprises):
        begin, end = waves[_WAVES[place % len(_WAVES)]]
        day = begin + timedelta(days=company.rng.randrange((end - begin).days + 1))
        at = company.hours.some_time_on(company.hours.workday_from(day))
        company.agenda.at(at, partial(_register, company, player))
    for day in company.hours.workdays(first, date(year, 9, 15)):
        company.agenda.at(moment(day, 17, 30), partial(_desk, company))


def _register(company: Company, player: EnterprisePlayer, at: datetime) -> None:
    """One sitting: account, registration, data, materials, submission."""
    part, tally = player.part, company.tally
    level = 0 if player.fate == "low_assurance" else 1
    player.actor = sign_up(
        tick=lambda: at, username=part.username, role=Role.ENTERPRISE, assurance_level=level
    )
    tally.count("accounts")
    enter = partial(
        registering.enter_enterprise, part, player.actor, tick=lambda: at, cast=company.cast
    )
    if player.fate == "low_assurance":
        tally.must_refuse(enter, UnableToRegister)
        return
    if player.fate == "mistyped":
        _mistype(company, player, at)
    player.enterprise = enter()
    company.by_enterprise[player.enterprise.pk] = player
    tally.count("enterprises_registered")
    if player.fate == "never_submits":
        registering.fill_in(
            part, player.enterprise, player.actor, tick=lambda: at, year=company.plan.year
        )
        return
    hand_in = partial(
        registering.hand_in,
        part,
        player.enterprise,
        player.actor,
        tick=lambda: at,
        papers=company.papers,
        year=company.plan.year,
        declared_on=local_day(at),
    )
    if player.fate == "large":
        tally.must_refuse(hand_in, UnableToSubmit)
        return
    hand_in()
    tally.count("files_submitted")


def _mistype(company: Company, player: EnterprisePlayer, at: datetime) -> None:
    """Two digits swapped in the credit code, and then the code of somebody who is there already (E1, E2)."""
    code = player.part.credit_code
    wrong = code[:-1] + ("0" if code[-1] != "0" else "1")
    for typed, refusal in ((wrong, BadCreditCode), (_somebody_else(company), UnableToRegister)):
        if typed:
            company.tally.must_refuse(
                partial(
                    registering.register_enterprise,
                    by=player.actor,
                    at=at,
                    city=company.city,
                    credit_code=typed,
                ),
                refusal,
            )


def _somebody_else(company: Company) -> str:
    return next(
        (player.part.credit_code for player in company.enterprises if player.enterprise), ""
    )


def _desk(company: Company, at: datetime) -> None:
    """One evening of the city's contractors, who take turns: what was submitted before today's desk."""
    contractors = (company.office.contractor, company.office.second_contractor)
    waiting = Qualification.objects.filter(
        year=company.plan.year,
        state=QualificationState.SUBMITTED,
        enterprise__city=company.city,
        submitted_at__lt=at - timedelta(hours=2),
    ).select_related("enterprise")
    for place, file in enumerate(list(waiting.order_by("submitted_at", "pk"))):
        player = company.by_enterprise.get(file.enterprise_id)
        if player is not None:
            _check(company, player, file, contractors[place % 2], at)


def _check(
    company: Company, player: EnterprisePlayer, file: Qualification, by: object, at: datetime
) -> None:
    if player.fate == "refused":
        refuse_qualification(by=by, at=at, qualification=file, reason="营业执照与登记信息不符")
        company.tally.count("files_refused")
    elif player.fate == "sent_back" and file.rounds.count() == 1:
        send_back_qualification(
            by=by,
            at=at,
            qualification=file,
            item_reasons={"declaration": "声明函缺少法定代表人签字", "proof": "完税证明年度不符"},
        )
        company.tally.count("files_sent_back")
        company.agenda.at(
            company.hours.days_later(at, 1, 3), partial(_correct, company, player, file)
        )
    else:
        player.qualification = pass_qualification(by=by, at=at, qualification=file)
        player.is_passed = True
        company.tally.count("files_passed")


def _correct(company: Company, player: EnterprisePlayer, file: Qualification, at: datetime) -> None:
    """Materials anew, then the second round (E6)."""
    file.refresh_from_db()
    file = registering.attach_materials(
        player.part,
        file,
        player.actor,
        tick=lambda: at,
        papers=company.papers,
        declared_on=local_day(at),
    )
    submit_qualification(by=player.actor, at=at, qualification=file)
    company.tally.count("files_corrected")
