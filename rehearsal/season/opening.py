"""The city opens its scheme: offices, programme, notices, rosters, and the five batches (G2, B1, E8, N1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import partial

from foundation.notices.models import NoticeKind
from foundation.notices.operations import announce
from foundation.rosters.models import FundedMatter, Level, PriorityCategory, RosterKind
from foundation.rosters.operations.importing import (
    apply_roster_import,
    check_roster_file,
    discard_roster_import,
)
from foundation.rosters.policies import UnableToImport
from rehearsal.cast import EnterprisePart, ProviderPart
from rehearsal.papers import roster_sheet
from rehearsal.season.company import Company, EnterprisePlayer, ProviderPlayer
from rehearsal.season.plan import BatchPlan
from rehearsal.steps.staffing import open_office
from vouchers.operations.issuing import announce_batch, cancel_batch, create_programme, draft_batch
from vouchers.policies import UnableToIssue

OFFICE_NAMES = {
    "bureau": "bureau1",
    "second_bureau": "bureau2",
    "contractor": "contractor1",
    "second_contractor": "contractor2",
    "seconded": "contractor3",
    "province_contractor": "province-contractor",
    "expert": "expert",
    "district": "district",
    "province": "province",
}
FUNDED_CONTRACT = "KJCXQ-2019-001"
EXTENDED_YEAR = 2017

# How many of a hundred enterprises meet what while they register; at least one of each.
ENTERPRISE_FATES = {
    "low_assurance": 1,
    "large": 2,
    "refused": 2,
    "never_submits": 1,
    "blacklisted": 1,
    "mistyped": 2,
    "sent_back": 10,
}
PRIORITY_SHARE = 4  # every fourth enterprise is on a priority roster


def plan_opening(company: Company) -> None:
    """Cast the players, and plan everything the bureau does from the first day."""
    _cast_enterprises(company)
    _cast_providers(company)
    begins = company.plan.begins
    company.agenda.at(begins - timedelta(hours=1), partial(_open_office, company))
    company.agenda.at(begins + timedelta(hours=1), partial(_publish_scheme, company))
    company.agenda.at(begins + timedelta(hours=2), partial(_import_rosters, company))
    for number, batch in enumerate(company.plan.batches, start=1):
        company.agenda.at(batch.announced, partial(_issue, company, number, batch))
    summer = company.plan.batches[2].announced - timedelta(days=2)
    company.agenda.at(summer, partial(_renew_priority, company))


def _cast_enterprises(company: Company) -> None:
    wanted = company.plan.enterprises
    fates = [
        fate
        for fate, percent in ENTERPRISE_FATES.items()
        for _ in range(max(1, round(wanted * percent / 100)))
    ]
    fates = (fates + [""] * wanted)[: max(wanted, len(fates))]
    company.rng.shuffle(fates)
    for place, fate in enumerate(fates):
        part = company.cast.large_enterprise() if fate == "large" else company.cast.enterprise()
        company.enterprises.append(EnterprisePlayer(part, fate, place % PRIORITY_SHARE == 0))


def _cast_providers(company: Company) -> None:
    """Levels in turn, so that four providers show all four; some are asked for more than others."""
    levels = (Level.PROVINCIAL, Level.STATION, Level.MUNICIPAL, Level.NATIONAL, Level.STATION)
    year = company.plan.year
    for place in range(company.plan.providers):
        level = levels[place % len(levels)]
        changes: dict[str, object] = {}
        if place == 0 and year <= EXTENDED_YEAR + 3:
            # P1: recognised in 2017, valid until the end of 2020 without saying so.
            changes = {
                "recognised_year": EXTENDED_YEAR,
                "valid_from": date(EXTENDED_YEAR, 1, 1),
            }
        part = company.cast.provider(level, speciality=place, **changes)
        fate = {1: "sent_back", 2: "product_sent_back"}.get(place, "")
        company.providers.append(
            ProviderPlayer(part, fate, popularity=company.rng.choice((1, 2, 2, 3, 6)))
        )
    for fate, until in (("expired", date(year - 1, 12, 31)), ("refused", date(year, 12, 31))):
        changes = {
            "recognised_year": year - 2,
            "valid_from": date(year - 2, 1, 1),
            "valid_until": until,
        }
        part = company.cast.provider(Level.STATION, speciality=len(fate), **changes)
        company.providers.append(ProviderPlayer(part, fate, popularity=0))


def _open_office(company: Company, at: datetime) -> None:
    prefix = f"{company.city.slug}{company.plan.year}-"
    company.office = open_office(
        tick=lambda: at,
        cast=company.cast,
        password=f"season-{company.rng.getrandbits(64):016x}",
        names={field: prefix + name for field, name in OFFICE_NAMES.items()},
    )


def _publish_scheme(company: Company, at: datetime) -> None:
    """The programme of the year, and where to find help."""
    office, plan = company.office, company.plan
    company.programme = create_programme(
        by=office.bureau,
        at=at,
        city=company.city,
        year=plan.year,
        total_amount=plan.total_amount,
        service_from=plan.service_from,
        service_until=plan.service_until,
    )
    announce(
        by=office.bureau,
        at=at,
        kind=NoticeKind.GENERAL,
        title=f"关于开展 {plan.year} 年中小微企业服务券工作的通知",
        body="请各区积极发动企业注册领券，发动服务机构注册并发布服务产品。",
        files=[company.papers.scan(f"{plan.year}年服务券工作方案")],
    )
    announce(
        by=office.bureau,
        at=at,
        kind=NoticeKind.HELP,
        title="企业操作手册",
        body="注册、申领、下单、上传合同、支付，均在本平台办理。",
    )
    company.tally.count("notices", 2)


def _import_rosters(company: Company, at: datetime) -> None:
    """Five rosters: a file with a bad row first, which changes nothing until the row is skipped (E8)."""
    players = company.enterprises
    listed = [player.part for player in company.providers]
    directory = [_directory_row(company, part) for part in listed]
    _import(company, at, RosterKind.ACCREDITATION, [*directory, {"name": "缺少信用代码的机构"}])
    _import(
        company,
        at,
        RosterKind.PRIORITY,
        [
            _priority_row(company, player.part, place)
            for place, player in enumerate(players)
            if player.is_priority
        ],
    )
    _import(
        company,
        at,
        RosterKind.BLACKLIST,
        [
            {
                "credit_code": player.part.credit_code,
                "name": player.part.name,
                "reason": "失信被执行人",
                "listed_on": f"{company.plan.year}-01-15",
            }
            for player in players
            if player.fate == "blacklisted"
        ],
    )
    company.related = (
        next(player for player in players if player.is_priority and not player.fate),
        company.providers[0],
    )
    _import(
        company,
        at,
        RosterKind.RELATED,
        [
            {
                "code_a": company.related[0].part.credit_code,
                "code_b": company.related[1].part.credit_code,
                "source": "企业信用信息公示系统",
            }
        ],
    )
    funded = {
        "kind": FundedMatter.Kind.CONTRACT.label,
        "number_key": FUNDED_CONTRACT,
        "source": "省科技创新券",
    }
    _import(company, at, RosterKind.FUNDED, [funded])


def _import(company: Company, at: datetime, kind: RosterKind, rows: list[dict[str, str]]) -> None:
    """Dry run and apply; a file with a bad row is refused until that row is skipped by name."""
    bureau, tally = company.office.bureau, company.tally
    check = partial(check_roster_file, by=bureau, at=at, kind=kind, city=company.city)
    first = check(file=roster_sheet(kind, rows))
    bad = list(first.rows.filter(outcome="bad").values_list("row", flat=True))
    tally.count("roster_rows", len(rows) - len(bad))
    if bad:
        tally.count("roster_rows_bad", len(bad))
        tally.must_refuse(
            lambda: apply_roster_import(by=bureau, at=at, roster_import=first), UnableToImport
        )
    apply_roster_import(by=bureau, at=at, roster_import=first, skipped_rows=bad)
    tally.count("roster_imports")
    if bad:
        again = check(file=roster_sheet(kind, rows[:1]))
        discard_roster_import(by=bureau, at=at, roster_import=again)
        tally.count("roster_imports_discarded")


def _renew_priority(company: Company, at: datetime) -> None:
    """A later roster takes one enterprise off the priority list and puts another on it (E7, E8)."""
    leaving = next(player for player in reversed(company.enterprises) if player.is_priority)
    joining = next(player for player in reversed(company.enterprises) if not player.is_priority)
    place = company.enterprises.index(leaving)
    rows = [
        {**_priority_row(company, leaving.part, place), "removal": "移除"},
        _priority_row(company, joining.part, place),
    ]
    _import(company, at, RosterKind.PRIORITY, rows)


def _directory_row(company: Company, part: ProviderPart) -> dict[str, str]:
    extended = part.recognised_year == EXTENDED_YEAR and part.level == Level.PROVINCIAL
    return {
        "name": part.name,
        "credit_code": part.credit_code,
        "city": company.city.name,
        "level": part.level.label,
        "service_types": "、".join(part.service_types),
        "recognised_year": str(part.recognised_year),
        "valid_from": part.valid_from.isoformat(),
        "valid_until": "" if extended else part.valid_until.isoformat(),
    }


def _priority_row(company: Company, part: EnterprisePart, place: int) -> dict[str, str]:
    categories = list(PriorityCategory)
    return {
        "credit_code": part.credit_code,
        "name": part.name,
        "year": str(company.plan.year),
        # By place, so that every category has its enterprises.
        "category": categories[place // PRIORITY_SHARE % len(categories)].label,
    }


def _issue(company: Company, number: int, plan: BatchPlan, at: datetime) -> None:
    """Draft and announce a batch; after the last, one beyond the programme's total is refused and dropped (B1)."""
    bureau, programme = company.office.bureau, company.programme
    draft: Callable[..., object] = partial(
        draft_batch,
        by=bureau,
        at=at,
        programme=programme,
        opens_at=plan.opens,
        closes_at=plan.closes,
        valid_until=company.plan.service_until,
    )
    batch = announce_batch(by=bureau, at=at, batch=draft(amount=plan.amount))
    company.batches.append(batch)
    company.tally.count("batches")
    if number == len(company.plan.batches):
        beyond = draft(amount=programme.total_amount + 1)
        company.tally.must_refuse(
            lambda: announce_batch(by=bureau, at=at, batch=beyond), UnableToIssue
        )
        cancel_batch(by=bureau, at=at, batch=beyond)
        company.tally.count("batches_cancelled")
