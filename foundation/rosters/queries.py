"""What the rosters say: the look-ups of the upper floors, and what each staff account may see."""

from __future__ import annotations

from datetime import date, datetime

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.moments import spoken_day
from foundation.names import normal_name, normal_number
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    Level,
    PriorityEntry,
    Recovery,
    RelatedParty,
    RosterImport,
    Sanction,
    Violation,
)
from foundation.rosters.states import ImportState

PROVINCE_WIDE = (Level.NATIONAL, Level.PROVINCIAL)

# The desk shows the rosters to these; they and nobody else see evidence and roster files.
READERS = frozenset({Role.BUREAU, Role.CONTRACTOR})


# --- Look-ups by credit code or name ------------------------------------------------------


def is_blacklisted(credit_code: str, day: date) -> bool:
    """Whether the organisation is on the 失信联合惩戒 blacklist on ``day`` (E5)."""
    return BlacklistEntry.objects.in_force(day).filter(credit_code=credit_code).exists()


def sanction_in_force(credit_code: str, city_id: int, at: datetime) -> Sanction | None:
    """The sanction that stops the organisation in this city at ``at``, the longest first (S1)."""
    return (
        Sanction.objects.in_force(at)
        .filter(credit_code=credit_code, city_id=city_id)
        .order_by(F("until").desc(nulls_first=True), "pk")
        .first()
    )


def is_priority(credit_code: str, city_id: int, year: int) -> bool:
    """Whether a roster puts the enterprise in the priority tier of the city's programme (E7)."""
    return (
        PriorityEntry.objects.counting_for(city_id, year).filter(credit_code=credit_code).exists()
    )


def find_accreditation(name: str, day: date) -> Accreditation | None:
    """The accreditation valid on ``day`` under this full name (P1): highest level, then longest.

    Names are compared without differences of width, brackets and spaces.
    """
    by_reach = Case(
        *(When(level=level, then=Value(place)) for place, level in enumerate(Level.values)),
        output_field=IntegerField(),
    )
    return (
        Accreditation.objects.valid_on(day)
        .filter(name_key=normal_name(name))
        .order_by(by_reach, "-valid_until", "-recognised_year")
        .first()
    )


def why_no_accreditation(name: str, day: date) -> str:
    """Why registration stops for this name on ``day`` (P1), as a sentence; "" when it does not."""
    key = normal_name(name)
    if not key:
        return "请填写机构全称。"
    entries = Accreditation.objects.filter(name_key=key)
    if entries.valid_on(day).exists():
        return ""
    coming = entries.filter(valid_from__gt=day).order_by("valid_from").first()
    if coming is not None:
        return (
            f"贵机构的{coming.get_level_display()}认定自{spoken_day(coming.valid_from)}起生效，"
            "请在生效后再注册。"
        )
    ended = entries.order_by("-valid_until").first()
    if ended is not None:
        return (
            f"贵机构的{ended.get_level_display()}认定已于{spoken_day(ended.valid_until)}到期，"
            "不能继续注册；如已重新认定，请联系市工业和信息化局更新名录。"
        )
    return (
        "服务机构名录中没有该机构，不能继续注册；请核对是否与营业执照上的全称一致，"
        "如确已获得认定，请联系市工业和信息化局。"
    )


def are_related(code_a: str, code_b: str) -> bool:
    """Whether a relation of investment or ownership between the two is on record (O3)."""
    low, high = sorted((code_a, code_b))
    return RelatedParty.objects.filter(code_a=low, code_b=high).exists()


def funded_matter(kind: str, number_key: str, credit_code: str) -> FundedMatter | None:
    """The record that this invoice or contract was already supported (O9).

    An entry without a credit code is about any enterprise.
    """
    return (
        FundedMatter.objects.filter(kind=kind, number_key=normal_number(number_key))
        .filter(Q(credit_code="") | Q(credit_code=credit_code))
        .order_by("-credit_code")
        .first()
    )


# --- What staff may see -------------------------------------------------------------------


def _reads(user: User) -> bool:
    return getattr(user, "role", "") in READERS


def accreditations_visible_to(user: User) -> QuerySet[Accreditation]:
    """The directory: province-wide platforms, and the city's own; nothing for others."""
    if not _reads(user):
        return Accreditation.objects.none()
    return Accreditation.objects.filter(Q(level__in=PROVINCE_WIDE) | Q(city_id=user.city_id))


def priority_visible_to(user: User) -> QuerySet[PriorityEntry]:
    """The priority rosters of the account's city."""
    if not _reads(user):
        return PriorityEntry.objects.none()
    return PriorityEntry.objects.filter(city_id=user.city_id)


def blacklist_visible_to(user: User) -> QuerySet[BlacklistEntry]:
    """The blacklist, which is national."""
    return BlacklistEntry.objects.all() if _reads(user) else BlacklistEntry.objects.none()


def related_visible_to(user: User) -> QuerySet[RelatedParty]:
    """Known relations, which no city owns."""
    return RelatedParty.objects.all() if _reads(user) else RelatedParty.objects.none()


def funded_visible_to(user: User) -> QuerySet[FundedMatter]:
    """Matters funded elsewhere, which no city owns."""
    return FundedMatter.objects.all() if _reads(user) else FundedMatter.objects.none()


def imports_visible_to(user: User) -> QuerySet[RosterImport]:
    """The roster files of the account's city."""
    if not _reads(user) or user.city_id is None:
        return RosterImport.objects.none()
    return RosterImport.objects.filter(city_id=user.city_id)


def imported_before(roster_import: RosterImport) -> RosterImport | None:
    """The last applied import of the very same file in the same list of the city, before this one (E8)."""
    return (
        RosterImport.objects.filter(
            city_id=roster_import.city_id,
            kind=roster_import.kind,
            document__sha256=roster_import.document.sha256,
            state=ImportState.APPLIED,
            pk__lt=roster_import.pk,
        )
        .order_by("-pk")
        .first()
    )


def violations_visible_to(user: User) -> QuerySet[Violation]:
    """Violations reported in the account's city."""
    if not _reads(user) or user.city_id is None:
        return Violation.objects.none()
    return Violation.objects.filter(city_id=user.city_id)


def sanctions_visible_to(user: User) -> QuerySet[Sanction]:
    """Sanctions of the account's city."""
    if not _reads(user) or user.city_id is None:
        return Sanction.objects.none()
    return Sanction.objects.filter(city_id=user.city_id)


def documents_in_reach(user: User) -> Q:
    """Roster files, evidence of violations and receipts of recovered money, for bureau and contractor of the city (F4)."""
    if not _reads(user) or user.city_id is None:
        return Q(pk__in=Document.objects.none())
    evidence = Violation.evidence.through.objects.filter(violation__city_id=user.city_id)
    files = RosterImport.objects.filter(city_id=user.city_id)
    receipts = Recovery.objects.filter(sanction__city_id=user.city_id, receipt__isnull=False)
    return (
        Q(pk__in=evidence.values("document_id"))
        | Q(pk__in=files.values("document_id"))
        | Q(pk__in=receipts.values("receipt_id"))
    )
