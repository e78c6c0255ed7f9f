"""Reads: an account's enterprise, its file of a year, who is eligible, and what each account reaches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from enterprises.drafts import says_something_new
from enterprises.models import (
    Enterprise,
    Profile,
    ProfileDraft,
    Qualification,
    QualificationRound,
    SizeClass,
)
from enterprises.policies import REVIEW_ITEMS, Condition
from enterprises.states import QualificationState
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.errors import OutOfReach
from foundation.moments import local_day
from foundation.rosters.models import BlacklistEntry, PriorityEntry, Sanction

# Why an enterprise is not eligible (E5), in the order in which reasons are named and recorded.
ELIGIBILITY_REASONS: dict[str, str] = {
    "not_passed": "年度资格尚未核对通过",
    "not_legal_person": "不具有独立法人资格",
    "large": "按划型标准属于大型企业，不属于中小微企业",
    "blacklisted": "列入失信联合惩戒名单",
    "sanctioned": "违规处理期内，暂停或取消领券资格",
}

_LABELS: dict[str, str] = {
    "not_passed": "本年度资料已经承办单位核对通过",
    "not_legal_person": "具有独立法人资格",
    "large": "属于中型、小型或微型企业",
    "blacklisted": "未列入失信联合惩戒名单",
    "sanctioned": "没有在期的违规处理",
}

_REMEDIES: dict[str, str] = {
    "not_passed": "请完成本年度资料填报并提交，等待承办单位核对。",
    "not_legal_person": "服务券只面向具有独立法人资格的企业；如填写有误，请修改基本信息后重新提交。",
    "large": "服务券只面向中小微企业；如行业、从业人员、营业收入或资产总额填写有误，请修改后重新提交。",
    "blacklisted": "请先向列入部门申请信用修复，移出名单后即可申领。",
    "sanctioned": "请联系承办单位了解处理决定和解除时间。",
}

# Where a condition is mended, when the portal is the place.
_LINKS: dict[str, tuple[str, str]] = {
    "not_passed": ("/enterprise/", "查看年度资料"),
    "not_legal_person": ("/enterprise/profile/#id_is_legal_person", "修改基本信息"),
    "large": ("/enterprise/profile/#id_industry", "修改基本信息"),
}


def enterprise_of(user: User) -> Enterprise | None:
    """The one enterprise of an account (E1); None before it has registered."""
    return Enterprise.objects.select_related("city").filter(account_id=user.pk).first()


def parties() -> QuerySet[Enterprise]:
    """Every enterprise, for the foundation to look up accounts by name, credit code and city (settings.PARTIES)."""
    return Enterprise.objects.all()


def identity_keys_of(enterprises: QuerySet[Any]) -> set[str]:
    """Look-up keys of the ID numbers of who represents these enterprises or handles their affairs now (R3)."""
    newest = Profile.objects.filter(enterprise=OuterRef("enterprise"), frozen_at__isnull=False)
    in_use = Profile.objects.filter(
        enterprise__in=enterprises, pk=Subquery(newest.order_by("-version").values("pk")[:1])
    )
    keys = in_use.values_list("legal_representative_id_key", "handler_id_key")
    return {key for pair in keys for key in pair if key}


def identity_keys_of_code(credit_code: str) -> set[str]:
    """The same by credit code, for the foundation (settings.PARTY_PERSONS)."""
    return identity_keys_of(Enterprise.objects.filter(credit_code=credit_code).values("pk"))


def qualification_of(enterprise: Enterprise, year: int) -> Qualification | None:
    """The enterprise's file for ``year`` with its profile; None before it was begun (E3)."""
    return (
        Qualification.objects.select_related(
            "enterprise__city", "profile__district", "licence", "proof", "declaration"
        )
        .filter(enterprise=enterprise, year=year)
        .first()
    )


def latest_qualification(enterprise: Enterprise, *, before: int) -> Qualification | None:
    """The newest file of a year before ``before``, from which data can be carried over."""
    return (
        Qualification.objects.select_related("profile")
        .filter(enterprise=enterprise, year__lt=before)
        .order_by("-year")
        .first()
    )


@dataclass(frozen=True, repr=False)
class Draft:
    """What is typed and not saved; without a repr, for it holds personal data (F5)."""

    values: Mapping[str, str]
    saved_at: datetime


def draft_of(enterprise: Enterprise, year: int, *, stored: Profile | None) -> Draft | None:
    """The unsaved form of ``year``; None when there is none, or it says what ``stored`` says already."""
    kept = ProfileDraft.objects.filter(enterprise=enterprise, year=year).first()
    values = json.loads(kept.content) if kept else {}
    if kept is None or not says_something_new(values, stored):
        return None
    return Draft(values, kept.saved_at)


def profile_in_use(enterprise: Enterprise) -> Profile | None:
    """The newest version that was submitted; None before the first submission (E6)."""
    return (
        Profile.objects.filter(enterprise=enterprise, frozen_at__isnull=False)
        .order_by("-version")
        .first()
    )


def eligibility_conditions(year: int, at: datetime) -> dict[str, Q]:
    """Expressions over Enterprise, each True when its condition of E5 FAILS at ``at``; keys in fixed order.

    The file of programme year ``year`` counts. A sanction counts in the city of registration, which is the only one
    an enterprise can apply in (G3).
    """
    files = Qualification.objects.filter(enterprise=OuterRef("pk"), year=year)
    listed = BlacklistEntry.objects.in_force(local_day(at)).filter(
        credit_code=OuterRef("credit_code")
    )
    sanctions = Sanction.objects.in_force(at).filter(
        credit_code=OuterRef("credit_code"), city_id=OuterRef("city_id")
    )
    return {
        "not_passed": ~Q(Exists(files.filter(state=QualificationState.PASSED))),
        "not_legal_person": Q(Exists(files.filter(profile__is_legal_person=False))),
        "large": Q(Exists(files.filter(profile__size_class=SizeClass.LARGE))),
        "blacklisted": Q(Exists(listed)),
        "sanctioned": Q(Exists(sanctions)),
    }


def eligible_enterprises(*, city_id: int, year: int, at: datetime) -> QuerySet[Enterprise]:
    """The enterprises that may apply to the programme of ``city_id`` and ``year`` at ``at`` (E5, G3)."""
    queryset = Enterprise.objects.filter(city_id=city_id)
    for failing in eligibility_conditions(year, at).values():
        queryset = queryset.exclude(failing)
    return queryset


def eligibility(
    enterprise: Enterprise, *, city_id: int, year: int, at: datetime
) -> list[Condition]:
    """Every condition of E5, met or not, with what to do about it, for the page and the policy."""
    failing = eligibility_conditions(year, at)
    row = (
        Enterprise.objects.filter(pk=enterprise.pk)
        .annotate(**{f"fails_{key}": expression for key, expression in failing.items()})
        .values("city_id", "city__name", *(f"fails_{key}" for key in failing))
        .get()
    )
    home = Condition(
        key="other_city",
        label="在方案所在地市注册登记",
        met=row["city_id"] == city_id,
        remedy=f"贵企业在{row['city__name']}注册登记，只能申领{row['city__name']}的服务券。",
        reason="不在本市注册登记",
    )
    return [home] + [
        Condition(
            key=key,
            label=_LABELS[key],
            met=not row[f"fails_{key}"],
            remedy=_REMEDIES[key],
            reason=ELIGIBILITY_REASONS[key],
            url=_LINKS.get(key, ("", ""))[0],
            link=_LINKS.get(key, ("", ""))[1],
        )
        for key in failing
    ]


def with_priority(queryset: QuerySet[Enterprise], city_id: int, year: int) -> QuerySet[Enterprise]:
    """``queryset`` with ``is_priority``: on a roster of the city that counts for ``year`` (E7)."""
    entries = PriorityEntry.objects.counting_for(city_id, year)
    return queryset.annotate(
        is_priority=Exists(entries.filter(credit_code=OuterRef("credit_code")))
    )


def enterprises_visible_to(user: User) -> QuerySet[Enterprise]:
    """An enterprise sees itself; staff see their city, a district its own district, the province all."""
    submitted = Qualification.objects.filter(enterprise=OuterRef("pk"), submitted_at__isnull=False)
    return Enterprise.objects.filter(
        _in_reach(
            user,
            own=Q(account=user),
            of_city=Q(city_id=user.city_id),
            of_district=Exists(submitted.filter(profile__district_id=user.district_id)),
        )
    )


def qualifications_visible_to(user: User) -> QuerySet[Qualification]:
    """As ``enterprises_visible_to``; others than the enterprise see a file once it has been submitted."""
    submitted = Q(submitted_at__isnull=False)
    return Qualification.objects.filter(
        _in_reach(
            user,
            own=Q(enterprise__account=user),
            of_city=submitted & Q(enterprise__city_id=user.city_id),
            of_district=submitted & Q(profile__district_id=user.district_id),
            everything=submitted,
        )
    )


def documents_in_reach(user: User) -> Q:
    """The materials an account may read, as a Q over Document (F4).

    An enterprise reads its own; the contractor and bureau of its city, and the province, what was submitted.
    """
    if user.role not in {Role.ENTERPRISE, Role.CONTRACTOR, Role.BUREAU, Role.PROVINCE}:
        return Q(pk__in=[])
    of_document = (
        Q(licence=OuterRef("pk")) | Q(proof=OuterRef("pk")) | Q(declaration=OuterRef("pk"))
    )
    rounds = QualificationRound.objects.filter(of_document)
    if user.role == Role.ENTERPRISE:
        current = Qualification.objects.filter(of_document, enterprise__account=user)
        submitted = rounds.filter(qualification__enterprise__account=user)
        return Q(Exists(current)) | Q(Exists(submitted))
    if user.role == Role.PROVINCE:
        return Q(Exists(rounds))
    if user.city_id is None:
        return Q(pk__in=[])
    return Q(Exists(rounds.filter(qualification__enterprise__city_id=user.city_id)))


def get_own_enterprise(by: Actor) -> Enterprise:
    """The actor's enterprise; raises OutOfReach for another role or before registration."""
    enterprise = (
        enterprise_of(by.user) if by.user is not None and by.role == Role.ENTERPRISE else None
    )
    if enterprise is None:
        raise OutOfReach("no enterprise")
    return enterprise


def get_own_qualification(by: Actor, year: int) -> Qualification:
    """The actor's file of ``year``; raises OutOfReach when there is none."""
    qualification = qualification_of(get_own_enterprise(by), year)
    if qualification is None:
        raise OutOfReach(f"no file of {year}")
    return qualification


def rounds_of(qualification: Qualification) -> QuerySet[QualificationRound]:
    """Every round of a file in order, with its version, materials and reviewer (E6)."""
    return qualification.rounds.select_related(
        "profile__district", "licence", "proof", "declaration", "decided_by__person"
    ).order_by("number")


def last_round(qualification: Qualification) -> QualificationRound | None:
    """The newest round: what a reviewer looks at; None before the first submission."""
    return rounds_of(qualification).last()


def items_returned(qualification: Qualification | None) -> list[tuple[str, str, str]]:
    """Item, label and reason of the last send-back, while it stands."""
    if qualification is None or qualification.state != QualificationState.RETURNED:
        return []
    returned = last_round(qualification)
    given = returned.item_reasons if returned else {}
    return [(item, REVIEW_ITEMS[item][0], given[item]) for item in REVIEW_ITEMS if item in given]


def credit_code_taken(credit_code: str) -> bool:
    """Whether an account has registered the credit code (E1)."""
    return Enterprise.objects.filter(credit_code=credit_code).exists()


def _in_reach(
    user: User,
    *,
    own: Q,
    of_city: Q,
    of_district: Q | Exists,
    everything: Q | None = None,
) -> Q | Exists:
    """The condition that belongs to the account's role; nothing for roles and accounts without a reach."""
    if user.role == Role.ENTERPRISE:
        return own
    if user.role in {Role.CONTRACTOR, Role.BUREAU} and user.city_id is not None:
        return of_city
    if user.role == Role.DISTRICT and user.district_id is not None:
        return of_district
    if user.role == Role.PROVINCE:
        return Q() if everything is None else everything
    return Q(pk__in=[])
