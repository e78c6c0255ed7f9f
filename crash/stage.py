"""The city that is played in: offices, institutions with products, enterprises with vouchers, batches open to apply.

All of it comes about by the operations that pages call, some weeks before the clock of the crash test.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random

from enterprises.models import Enterprise
from enterprises.operations import pass_qualification
from foundation.accounts.models import Role
from foundation.moments import local_day, moment
from foundation.regions.models import City
from foundation.rosters.models import Level, RosterKind
from foundation.rosters.operations.importing import apply_roster_import, check_roster_file
from providers.models import ProductVersion, Provider
from providers.operations import approve_provider, publish_version
from rehearsal.cast import Cast
from rehearsal.papers import Papers, roster_sheet
from rehearsal.steps import registering
from rehearsal.steps.cataloguing import ProductPart, hand_in_product
from rehearsal.steps.staffing import Office, actor, open_office, sign_up
from voucher_portal.jobs import run_jobs
from vouchers.models import Batch, Programme
from vouchers.operations.applying import submit_application
from vouchers.operations.issuing import announce_batch, create_programme, draft_batch
from vouchers.policies import UnableToApply

TAG = "CR"
YEAR = 2020
PRICE = Decimal(20_000)
VALID_UNTIL = date(YEAR, 12, 31)
OFFICES = {name: f"crash-{name}" for name in Office.__dataclass_fields__}
# A batch that closed so long before the clock begins is due to be ranked and published at once …
DUE = timedelta(days=13)
# … and the usage window of this one is over as well, so that what is free is taken back.
OVER = timedelta(days=75)


@dataclass
class Stage:
    """The city as the clients find it."""

    city: City
    cast: Cast
    papers: Papers
    office: Office
    programme: Programme
    now: datetime
    enterprises: list[Enterprise] = field(default_factory=list)
    providers: list[Provider] = field(default_factory=list)
    versions: list[ProductVersion] = field(default_factory=list)
    waves: int = 0


def build_stage(*, enterprises: int, providers: int, now: datetime, chance: Random) -> Stage:
    """Everything up to the moment at which people begin to act."""
    city = City.objects.get(slug="guangzhou")
    cast = Cast(city=city, year=YEAR, tag=TAG, rng=chance)
    begin = moment(date(YEAR, 5, 11), 9)
    office = open_office(tick=lambda: begin, cast=cast, password="crash-2020-test", names=OFFICES)
    programme = create_programme(
        by=office.bureau,
        at=begin,
        city=city,
        year=YEAR,
        total_amount=Decimal(500_000_000),
        enterprise_cap=Decimal(2_000_000),
        provider_cap=Decimal(100_000_000),
        provider_share=Decimal("0.5"),
        usage_days=60,
        service_from=date(YEAR - 1, 12, 1),
        service_until=VALID_UNTIL,
    )
    stage = Stage(city, cast, Papers("crash"), office, programme, now)
    _providers(stage, providers, begin)
    for _ in range(enterprises):
        stage.enterprises.append(enter(stage, begin, passed=True))
    due_batch(stage, ago=DUE, apart=Decimal(60_000))
    due_batch(stage, ago=DUE, apart=Decimal(60_000))
    for _ in range(6):
        _open_batch(stage)
    # The first vouchers are there before anything is killed: orders need them.
    run_jobs(now, ("vouchers.tasks.rank_closed_batches", "vouchers.tasks.publish_due_results"))
    return stage


def enter(stage: Stage, at: datetime, *, passed: bool) -> Enterprise:
    """One more enterprise, its file handed in, and passed or left to the desk (E6)."""
    part = stage.cast.enterprise()
    by = sign_up(tick=lambda: at, username=part.username, role=Role.ENTERPRISE)
    made = registering.enter_enterprise(part, by, tick=lambda: at, cast=stage.cast)
    filed = registering.hand_in(
        part,
        made,
        by,
        tick=lambda: at,
        papers=stage.papers,
        year=YEAR,
        declared_on=local_day(at),
    )
    if passed:
        pass_qualification(by=stage.office.contractor, at=at, qualification=filed)
    made.refresh_from_db()
    return made


def due_batch(
    stage: Stage, *, ago: timedelta, apart: Decimal, applicants: list[Enterprise] | None = None
) -> Batch:
    """A batch that closed ``ago`` with an application of ``apart`` yuan each: the worker finds it due (B6, B7).

    Its money is enough for all but the last, who gets a part.
    """
    crowd = stage.enterprises if applicants is None else applicants
    closes = stage.now - ago
    opens, draft = closes - timedelta(hours=4), closes - timedelta(days=2)
    amount = apart * len(crowd) - apart / 2
    made = draft_batch(
        by=stage.office.bureau,
        at=draft,
        programme=stage.programme,
        amount=amount,
        opens_at=opens,
        closes_at=closes,
        valid_until=VALID_UNTIL,
    )
    made = announce_batch(by=stage.office.bureau, at=draft, batch=made)
    for place, enterprise in enumerate(crowd):
        try:
            submit_application(
                by=actor(enterprise.account),
                at=opens + timedelta(minutes=place),
                batch_pk=made.pk,
                amount=apart,
            )
        except UnableToApply:
            # The worker found the batch due and has ranked it in the middle: the rest comes too late.
            break
    stage.waves += 1
    return made


def _open_batch(stage: Stage) -> Batch:
    opens = stage.now - timedelta(days=1)
    made = draft_batch(
        by=stage.office.bureau,
        at=opens - timedelta(days=1),
        programme=stage.programme,
        amount=Decimal(2_000_000),
        opens_at=opens,
        closes_at=stage.now + timedelta(days=1),
        valid_until=VALID_UNTIL,
    )
    return announce_batch(by=stage.office.bureau, at=opens - timedelta(days=1), batch=made)


def _providers(stage: Stage, count: int, at: datetime) -> None:
    """Institutions of the directory, each with one product on sale (P1, P5, P6)."""
    parts = [stage.cast.provider(Level.STATION, speciality=0) for _ in range(count)]
    rows = [
        {
            "name": part.name,
            "credit_code": part.credit_code,
            "city": stage.city.name,
            "level": part.level.label,
            "service_types": "、".join(part.service_types),
            "recognised_year": str(part.recognised_year),
            "valid_from": part.valid_from.isoformat(),
            "valid_until": part.valid_until.isoformat(),
        }
        for part in parts
    ]
    listed = check_roster_file(
        by=stage.office.bureau,
        at=at,
        kind=RosterKind.ACCREDITATION,
        city=stage.city,
        file=roster_sheet(RosterKind.ACCREDITATION, rows),
    )
    apply_roster_import(by=stage.office.bureau, at=at, roster_import=listed)
    for part in parts:
        by = sign_up(tick=lambda: at, username=part.username, role=Role.PROVIDER)
        made = registering.enter_provider(part, by, tick=lambda: at)
        made = registering.hand_in_provider(
            made, by, tick=lambda: at, papers=stage.papers, committed_on=local_day(at)
        )
        made = approve_provider(by=stage.office.contractor, at=at, provider=made)
        version = hand_in_product(
            ProductPart(part.service_types[0], PRICE),
            by,
            tick=lambda: at,
            papers=stage.papers,
            cities=[stage.city],
        )
        stage.providers.append(made)
        stage.versions.append(publish_version(by=stage.office.contractor, at=at, version=version))
