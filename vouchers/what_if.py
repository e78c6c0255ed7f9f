"""What another amount, cap or priority roster would have granted on a batch's real applications; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import QuerySet

from foundation.money import ZERO, total
from foundation.rosters.models import PriorityCategory, PriorityEntry
from vouchers.models import Application, Batch, Voucher
from vouchers.policies import InLine, grant_in_order
from vouchers.standing import standings
from vouchers.states import BatchState, Outcome, Tier


@dataclass(frozen=True)
class Applicant:
    """A real application and what a scenario may turn on; ``counted``: of the yearly cap by earlier batches, yuan."""

    sequence: int
    requested: Decimal
    is_eligible: bool
    tier: str
    categories: frozenset[str]
    counted: Decimal
    granted: Decimal
    district: str
    size_class: str


@dataclass(frozen=True)
class Scenario:
    """Other rules for the same applications: an amount and a cap in yuan, and which rosters give priority (E7)."""

    name: str
    amount: Decimal
    cap: Decimal
    categories: frozenset[str]


@dataclass(frozen=True)
class Grants:
    """What a scenario, or the real ranking, granted: yuan by sequence, and who stood in the priority tier."""

    name: str
    amount: Decimal
    granted: dict[int, Decimal]
    asked: dict[int, Decimal]
    priority: frozenset[int]

    @property
    def total(self) -> Decimal:
        """Everything granted, yuan."""
        return sum(self.granted.values(), ZERO)


def batches_to_try(programme_city_id: int, at: datetime) -> QuerySet[Batch]:
    """The closed batches of a city, whose applications are complete, the newest first."""
    return (
        Batch.objects.filter(programme__city=programme_city_id, closes_at__lt=at)
        .exclude(state__in=(BatchState.DRAFT, BatchState.CANCELLED))
        .select_related("programme__city")
        .order_by("-closes_at")
    )


def applicants_of(batch: Batch, at: datetime) -> list[Applicant]:
    """Every live application of a closed batch, in order; tier and eligibility as ranked, or of now before ranking."""
    applications = Application.objects.filter(batch=batch, withdrawn_at=None)
    rows = applications.order_by("pk").values_list(
        "pk",
        "enterprise_id",
        "amount",
        "profile__district__name",
        "profile__size_class",
        "enterprise__credit_code",
    )
    decided = {
        pk: (tier, outcome != Outcome.PASSED_OVER, granted)
        for pk, tier, outcome, granted in applications.filter(allocations__round=0).values_list(
            "pk", "allocations__tier", "allocations__outcome", "allocations__granted"
        )
    }
    now = {} if decided else _standing_now(batch, at)
    categories: dict[str, set[str]] = defaultdict(set)
    programme = batch.programme
    for code, category in PriorityEntry.objects.counting_for(
        programme.city_id, programme.year
    ).values_list("credit_code", "category"):
        categories[code].add(category)
    counted = _counted_before(batch)
    found = []
    for pk, enterprise, amount, district, size, code in rows.iterator(chunk_size=5000):
        tier, is_eligible, granted = decided.get(pk) or (*now.get(enterprise, ("2", False)), ZERO)
        found.append(
            Applicant(
                sequence=pk,
                requested=amount,
                is_eligible=is_eligible,
                tier=tier,
                categories=frozenset(categories.get(code, ())),
                # It was allowed: no more than this counted then, whatever earlier batches have granted since.
                counted=min(counted.get(enterprise, ZERO), programme.enterprise_cap - amount),
                granted=granted,
                district=district,
                size_class=size,
            )
        )
    return found


def _standing_now(batch: Batch, at: datetime) -> dict[int, tuple[str, bool]]:
    applicants = Application.objects.filter(batch=batch, withdrawn_at=None).values("enterprise_id")
    found = standings(batch.programme, at).filter(pk__in=applicants)
    return {
        pk: (Tier.PRIORITY.value if first else Tier.OTHER.value, not failing)
        for pk, failing, first in found.values_list("pk", "failing", "is_priority")
    }


def _counted_before(batch: Batch) -> dict[int, Decimal]:
    """What earlier batches of the programme count against each applicant's yearly cap, yuan (B3)."""
    applicants = Application.objects.filter(batch=batch, withdrawn_at=None).values("enterprise_id")
    vouchers = Voucher.objects.filter(
        batch__programme=batch.programme_id,
        batch__closes_at__lt=batch.closes_at,
        enterprise__in=applicants,
    )
    sums = (
        vouchers.order_by()
        .values_list("enterprise_id")
        .annotate(got=total("amount"), back=total("returned"))
    )
    return {enterprise: got - back for enterprise, got, back in sums}


def real(batch: Batch, applicants: Sequence[Applicant]) -> Grants:
    """What ranking granted, or would now: the batch's own amount, and the tiers as they are."""
    granted = grant_in_order(
        (InLine(a.sequence, a.tier, a.requested, a.is_eligible) for a in applicants), batch.amount
    )
    return Grants(
        name="实际" if batch.state in (BatchState.RANKED, BatchState.PUBLISHED) else "按现行规则",
        amount=batch.amount,
        granted=granted,
        asked={a.sequence: a.requested for a in applicants},
        priority=frozenset(a.sequence for a in applicants if a.tier == Tier.PRIORITY),
    )


def try_out(scenario: Scenario, applicants: Iterable[Applicant]) -> Grants:
    """What ranking would have granted under a scenario; pure (B5, B6).

    Applications stay as they were made. One that a lower cap would not have allowed asks for what the cap leaves;
    nobody asks for more because a cap is higher.
    """
    line, asked, priority = [], {}, set()
    # All rosters: the tiers as ranked, whatever was imported since.
    as_ranked = scenario.categories == ALL_CATEGORIES
    for one in applicants:
        chosen = bool(one.categories & scenario.categories)
        first = one.tier == Tier.PRIORITY if as_ranked else chosen
        room = max(scenario.cap - one.counted, ZERO)
        asked[one.sequence] = min(one.requested, room)
        tier = Tier.PRIORITY if first else Tier.OTHER
        if first:
            priority.add(one.sequence)
        line.append(InLine(one.sequence, tier, asked[one.sequence], one.is_eligible))
    return Grants(
        scenario.name,
        scenario.amount,
        grant_in_order(line, scenario.amount),
        asked,
        frozenset(priority),
    )


ALL_CATEGORIES = frozenset(PriorityCategory.values)
