"""Why an application got what it got, told to who made it once results are public (B6, B7, B9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import F, OuterRef, Subquery

from enterprises.queries import ELIGIBILITY_REASONS
from foundation.money import ZERO, spoken_money, total
from vouchers.models import Allocation, Application, ResultList
from vouchers.queries import waiting_applications
from vouchers.states import Outcome, Tier, WaitingReason


@dataclass(frozen=True)
class Explained:
    """An allocation with the sentences that explain it."""

    allocation: Allocation
    tier: str
    why: str


def explained_results(application: Application) -> list[Explained]:
    """Every round's decision about an application, explained; the caller shows it once it is public (B7)."""
    allocations = application.allocations.order_by("round").select_related("voucher")
    amounts = dict(
        ResultList.objects.filter(batch_id=application.batch_id).values_list("round", "amount")
    )
    return [
        Explained(one, _tier(one), _why(one, application, amounts.get(one.round, ZERO)))
        for one in allocations
    ]


def reason_words(key: str) -> str:
    """A recorded reason in words; "" for none."""
    waiting = dict(WaitingReason.choices)
    return ELIGIBILITY_REASONS.get(key) or waiting.get(key) or ("不再符合申领条件" if key else "")


def _tier(allocation: Allocation) -> str:
    if allocation.tier == Tier.PRIORITY:
        return "优先档：列入优先补助名单，排在普通档之前"
    return "普通档：排在优先档之后，同档次按提交先后排序"


def _left_at_turn(allocation: Allocation, application: Application, amount: Decimal) -> Decimal:
    """What the round still had when this application's turn came, yuan."""
    before = Allocation.objects.filter(
        application__batch_id=application.batch_id,
        round=allocation.round,
        rank__lt=allocation.rank,
    )
    return max(amount - before.aggregate(sum=total("granted"))["sum"], ZERO)


def _why(allocation: Allocation, application: Application, amount: Decimal) -> str:
    if allocation.outcome == Outcome.PASSED_OVER and allocation.round:
        reason = reason_words(allocation.reason)
        return f"轮到您时未能递补（{reason}）。"
    if allocation.outcome == Outcome.PASSED_OVER:
        reason = ELIGIBILITY_REASONS.get(allocation.reason, "不再符合申领条件")
        return f"排序时不符合申领条件（{reason}），按规定不予发放；申领金额已退回年度额度。"
    left = spoken_money(_left_at_turn(allocation, application, amount))
    source = "本轮递补" if allocation.round else "本批"
    if allocation.outcome == Outcome.GRANTED:
        return f"轮到您时{source}还剩 {left}，足够发放。"
    if allocation.reason == WaitingReason.CAP_USED:
        return f"轮到您时年度额度只够 {spoken_money(allocation.granted)}，先按此发放。"
    if allocation.outcome == Outcome.PARTIAL:
        return f"轮到您时{source}只剩 {left}，先发放 {spoken_money(allocation.granted)}；未获券部分不占用年度额度。"
    return "轮到您时本批金额已发完；申领金额已退回年度额度，可以申领以后的批次。"


def place_in_waiting_list(application: Application, at: datetime) -> int | None:
    """How many stand in line before this application, plus one; None when it is not in line (B9).

    In line while the usage window runs, with something still ungranted and nothing given back.
    """
    batch = application.batch
    if not batch.programme.waiting_list or at > batch.usage_ends_at:
        return None
    granted = (
        Allocation.objects.filter(application=OuterRef("pk"))
        .values("application_id")
        .annotate(sum=total("granted"))
        .values("sum")
    )
    line = (
        Application.objects.filter(pk__in=waiting_applications(batch).order_by().values("pk"))
        .annotate(granted=Subquery(granted))
        .filter(granted__lt=F("amount"))
    )
    own = line.filter(pk=application.pk).values_list("allocations__rank", flat=True).first()
    if own is None:
        return None
    return line.filter(allocations__round=0, allocations__rank__lt=own).count() + 1
