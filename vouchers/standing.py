"""Where an enterprise stands towards a programme: one query for the page and the hot path, one set for ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, Value, When

from enterprises.models import Enterprise, Qualification
from enterprises.policies import NotEligible
from enterprises.queries import ELIGIBILITY_REASONS, eligibility_conditions, with_priority
from vouchers.models import Programme


@dataclass(frozen=True)
class Standing:
    """An enterprise's eligibility and tier at one moment. ``failing``: the key of the first failing condition."""

    enterprise_pk: int
    profile_pk: int
    failing: str
    is_priority: bool

    def require_eligible(self) -> None:
        """Raises NotEligible naming the condition (E5)."""
        if self.failing:
            raise NotEligible(
                f"暂不具备申领资格：{ELIGIBILITY_REASONS[self.failing]}。请到“企业首页”查看详情。"
            )


def standings(programme: Programme, at: datetime) -> QuerySet[Enterprise]:
    """Every enterprise of the programme's city with ``failing`` ("" when eligible) and ``is_priority`` (E5, E7, G3)."""
    conditions = eligibility_conditions(programme.year, at)
    failing = Case(
        *(When(condition, then=Value(key)) for key, condition in conditions.items()),
        default=Value(""),
        output_field=CharField(),
    )
    enterprises = Enterprise.objects.filter(city_id=programme.city_id)
    return with_priority(enterprises, programme.city_id, programme.year).annotate(failing=failing)


def standing_of(user_pk: int, *, programme: Programme, at: datetime) -> Standing | None:
    """The standing of the account's enterprise; None when it is not registered in the programme's city (G3)."""
    profile = Qualification.objects.filter(enterprise=OuterRef("pk"), year=programme.year).values(
        "profile_id"
    )[:1]
    row = (
        standings(programme, at)
        .filter(account_id=user_pk)
        .annotate(profile_pk=Subquery(profile))
        .values_list("pk", "profile_pk", "failing", "is_priority")
        .first()
    )
    return Standing(row[0], row[1], row[2], bool(row[3])) if row else None
