"""Reads what the automatic checks of a file look at (E2–E7)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from enterprises.checks import FileFacts, Paper, file_checks
from enterprises.models import Enterprise, Profile, Qualification, QualificationRound
from enterprises.policies import SLOTS
from enterprises.queries import last_round
from foundation.checks import Check
from foundation.documents.queries import uploaded_elsewhere
from foundation.moments import local_day, spoken_day
from foundation.personal_data import keys_of
from foundation.rosters.models import BlacklistEntry, PriorityEntry, RelatedParty
from foundation.rosters.queries import sanction_in_force

NAMED_MAX = 3


def automatic_checks(
    qualification: Qualification, *, at: datetime, submitted: QualificationRound | None = None
) -> list[Check]:
    """What the portal sees in the last submitted round; nothing before the first. A fixed number of queries."""
    submitted = submitted or last_round(qualification)
    return file_checks(file_facts(qualification, submitted, at=at)) if submitted else []


def file_facts(
    qualification: Qualification, submitted: QualificationRound, *, at: datetime
) -> FileFacts:
    """The last submitted round with what rosters and other files say."""
    profile, enterprise = submitted.profile, qualification.enterprise
    code, city = enterprise.credit_code, enterprise.city
    listed = BlacklistEntry.objects.in_force(local_day(at)).filter(credit_code=code).first()
    sanction = sanction_in_force(code, enterprise.city_id, at)
    entries = list(
        PriorityEntry.objects.counting_for(enterprise.city_id, qualification.year).filter(
            credit_code=code
        )
    )
    names = [entry.name for entry in entries if entry.name]
    if listed and listed.name:
        names.append(listed.name)
    return FileFacts(
        year=qualification.year,
        submitted_at=submitted.submitted_at,
        credit_code=code,
        city_code=city.code,
        city_name=city.name,
        name=profile.name,
        is_legal_person=profile.is_legal_person,
        founded_on=profile.founded_on,
        industry=profile.industry,
        employees=profile.employees,
        revenue=profile.revenue,
        assets=profile.assets,
        registered_capital=profile.registered_capital,
        size_class=profile.size_class,
        declared_on=submitted.declared_on,
        blacklist=f"{spoken_day(listed.listed_on)}列入：{listed.reason or '未写明事由'}"
        if listed
        else "",
        sanction=str(sanction or ""),
        priority="、".join(entry.get_category_display() for entry in entries),
        roster_names=tuple(dict.fromkeys(names)),
        same_persons=_same_persons(profile, enterprise),
        related=_related(code),
        papers=_papers(submitted, enterprise),
    )


def _same_persons(profile: Profile, enterprise: Enterprise) -> list[str]:
    """Other enterprises of the city whose submitted data name the same representative or handler; some of them."""
    keys = keys_of(profile, "legal_representative_id", "handler_id")
    others = (
        Profile.objects.filter(
            Q(legal_representative_id_key__in=keys) | Q(handler_id_key__in=keys),
            frozen_at__isnull=False,
            enterprise__city_id=enterprise.city_id,
        )
        .exclude(enterprise=enterprise)
        .order_by("enterprise_id")
        .values_list("enterprise__name", flat=True)
        .distinct()[:NAMED_MAX]
    )
    return list(others)


def _related(code: str) -> list[str]:
    rows = RelatedParty.objects.filter(Q(code_a=code) | Q(code_b=code)).order_by("pk")[:NAMED_MAX]
    return [
        f"{row.code_b if row.code_a == code else row.code_a}（{row.source or '来源未注明'}）"
        for row in rows
    ]


def _papers(submitted: QualificationRound, enterprise: Enterprise) -> list[Paper]:
    documents = {slot: getattr(submitted, slot) for slot in SLOTS}
    elsewhere = uploaded_elsewhere(documents.values(), own_account=enterprise.account_id)
    accounts = set().union(*elsewhere.values())
    # A party of another city is not named.
    named = dict(
        Enterprise.objects.filter(city_id=enterprise.city_id, account__in=accounts)
        .order_by("pk")
        .values_list("account_id", "name")
    )
    earlier = _earlier_years(submitted, enterprise)
    return [
        Paper(
            slot=slot,
            warnings=tuple(document.warnings),
            others=len(elsewhere[document.pk]),
            named=tuple(
                named[account] for account in sorted(elsewhere[document.pk]) if account in named
            )[:NAMED_MAX],
            earlier_year=earlier.get(document.sha256, 0),
        )
        for slot, document in documents.items()
    ]


def _earlier_years(submitted: QualificationRound, enterprise: Enterprise) -> dict[str, int]:
    """The years of the enterprise's earlier files, by the digest of each material."""
    year = submitted.qualification.year
    rows = QualificationRound.objects.filter(
        qualification__enterprise=enterprise, qualification__year__lt=year
    ).values_list("qualification__year", "licence__sha256", "proof__sha256", "declaration__sha256")
    return {digest: row[0] for row in rows for digest in row[1:]}
