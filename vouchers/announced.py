"""How a batch stands at a moment, in the words of the public pages (B1, B4, B5, B7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from foundation.moments import spoken_span
from vouchers.models import Batch
from vouchers.policies import Demand
from vouchers.queries import amount_left, demand_of, results_shown_at
from vouchers.states import BatchState


@dataclass(frozen=True)
class BatchShown:
    """A batch for a public page. ``phase``: before, open or closed, by the clock; money in yuan.

    ``demand`` is what was applied for in total; it says nothing of who gets something (B7).
    """

    batch: Batch
    phase: str
    word: str
    tone: str
    span: str
    demand: Decimal
    left: Decimal
    results_at: datetime | None

    @property
    def is_full(self) -> bool:
        """Whether others than priority enterprises are refused as too late (B4)."""
        return self.demand >= self.batch.amount

    @property
    def is_published(self) -> bool:
        """Whether the results are public (B7)."""
        return self.batch.state == BatchState.PUBLISHED


def phase_of(batch: Batch, at: datetime) -> str:
    """Where the clock is in a batch's opening; both moments belong to it (B2)."""
    if at < batch.opens_at:
        return "before"
    return "open" if batch.is_open(at) else "closed"


def standing_of(batch: Batch, at: datetime) -> tuple[str, str]:
    """(words, tone) for where a batch stands; nothing of a ranking shows before it is published (B7)."""
    if batch.state == BatchState.PUBLISHED:
        return "结果已公布", "neutral"
    return {
        "before": ("即将开始", "brand"),
        "open": ("正在申领", "good"),
        "closed": ("已截止，待公布", "warn"),
    }[phase_of(batch, at)]


def show_batch(batch: Batch, at: datetime) -> BatchShown:
    """A batch with its demand and dates; asks for the demand once and for the calendar once or twice."""
    demand: Demand = demand_of(batch)
    phase = phase_of(batch, at)
    word, tone = standing_of(batch, at)
    until = {"before": batch.opens_at, "open": batch.closes_at}.get(phase, at)
    return BatchShown(
        batch=batch,
        phase=phase,
        word=word,
        tone=tone,
        span=spoken_span(until - at),
        demand=demand.priority + demand.other,
        left=amount_left(batch, demand),
        results_at=results_shown_at(batch),
    )
