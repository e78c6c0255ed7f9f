"""Where an enterprise stands towards a programme: for the page and the hot path, and as one set for ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, CharField, QuerySet, Value, When

from enterprises.models import Enterprise
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
    enterprises = Enterprise.objects.filter(city_id=programme.city_id)
    return with_standing(enterprises, city_id=programme.city_id, year=programme.year, at=at)


def with_standing(
    enterprises: QuerySet[Enterprise], *, city_id: Any, year: Any, at: datetime
) -> QuerySet[Enterprise]:
    """``enterprises`` with ``failing`` and ``is_priority``; city and year are values or outer references."""
    conditions = eligibility_conditions(year, at)
    failing = Case(
        *(When(condition, then=Value(key)) for key, condition in conditions.items()),
        default=Value(""),
        output_field=CharField(),
    )
    return with_priority(enterprises, city_id, year).annotate(failing=failing)
