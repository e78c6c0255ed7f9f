"""Was the outcome of a rush right? Everything is compared with what the clients were told.

The checks take values, so that a test can hand them a planted error; ``load`` reads the values from the database.
Amounts are whole yuan, moments are seconds of the clients' monotonic clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import accumulate
from typing import Any

from vouchers.models import Allocation, Application, Batch, EnterpriseAllowance
from vouchers.reconciliation import breaks
from vouchers.states import Tier


class Told(StrEnum):
    """What a client was told."""

    ACCEPTED = "accepted"
    FULL = "full"
    ERROR = "error"


@dataclass(frozen=True)
class Answer:
    """One client's one application: what it asked for, when, and what it was told. ``said``: an error's words."""

    enterprise: int
    amount: int
    sent: float
    answered: float
    told: Told
    application: int = 0
    said: str = ""


@dataclass(frozen=True)
class Line:
    """One live application as the database has it."""

    pk: int
    enterprise: int
    amount: int
    tier: str


@dataclass(frozen=True)
class Grant:
    """What ranking decided about one application."""

    application: int
    rank: int
    granted: int


@dataclass(frozen=True)
class Outcome:
    """A batch of ``amount`` yuan after a rush; ``tiers``: every applicant's tier as the rosters have it."""

    amount: int
    lines: Sequence[Line]
    tiers: Mapping[int, str]
    # Per enterprise: (cap, what counts against it).
    caps: Mapping[int, tuple[int, int]]
    grants: Sequence[Grant] = ()
    book_breaks: Sequence[str] = ()


def load(batch: Batch, tiers: Mapping[int, str], *, books: bool = True) -> Outcome:
    """The outcome of a batch as the database has it; without ``tiers`` those counted when applying are taken."""
    applications = Application.objects.filter(batch=batch, withdrawn_at=None).order_by("pk")
    return Outcome(
        amount=int(batch.amount),
        lines=[
            Line(row.pk, row.enterprise_id, int(row.amount), row.counted_tier)
            for row in applications
        ],
        tiers=tiers or dict(applications.values_list("enterprise_id", "counted_tier")),
        caps={
            row.enterprise_id: (int(row.cap), int(row.applied + row.received - row.returned))
            for row in EnterpriseAllowance.objects.filter(programme_id=batch.programme_id)
        },
        grants=[
            Grant(row.application_id, row.rank, int(row.granted))
            for row in Allocation.objects.filter(application__batch=batch, round=0)
        ],
        book_breaks=[str(found) for found in breaks()] if books else [],
    )


def faults(answers: Sequence[Answer], outcome: Outcome) -> list[str]:
    """Everything that is wrong, one sentence each; empty when all is right."""
    return [
        *_errors(answers),
        *_duplicates(outcome),
        *_answers_and_lines(answers, outcome),
        *_tiers(outcome),
        *_wrongly_refused(answers, outcome),
        *_caps(outcome),
        *(f"books: {found}" for found in outcome.book_breaks),
        *winner_faults(outcome),
    ]


def _errors(answers: Iterable[Answer]) -> Iterator[str]:
    errors = [answer for answer in answers if answer.told == Told.ERROR]
    for said, count in Counter(answer.said for answer in errors).most_common(5):
        yield f"{count} clients were answered with an error: {said}"


def _duplicates(outcome: Outcome) -> Iterator[str]:
    """B2: once per batch."""
    for enterprise, count in Counter(line.enterprise for line in outcome.lines).items():
        if count > 1:
            yield f"enterprise {enterprise} has {count} live applications"


def _answers_and_lines(answers: Iterable[Answer], outcome: Outcome) -> Iterator[str]:
    """Whoever was told of an application has it, for that amount; nobody else has one."""
    lines = {line.pk: line for line in outcome.lines}
    told: dict[int, Answer] = {}
    for answer in answers:
        if answer.told != Told.ACCEPTED:
            continue
        line = lines.get(answer.application)
        if line is None:
            yield f"enterprise {answer.enterprise} was told of application {answer.application}, which is not there"
        elif (line.enterprise, line.amount) != (answer.enterprise, answer.amount):
            yield f"application {line.pk} is not what enterprise {answer.enterprise} asked for"
        told[answer.application] = answer
    for line in outcome.lines:
        if line.pk not in told:
            yield f"application {line.pk} of enterprise {line.enterprise} is there, and its client was not told"


def _tiers(outcome: Outcome) -> Iterator[str]:
    """E7: the tier counted is the one the rosters give."""
    for line in outcome.lines:
        if line.tier != outcome.tiers[line.enterprise]:
            yield f"application {line.pk} was counted in tier {line.tier}"


def _wrongly_refused(answers: Sequence[Answer], outcome: Outcome) -> Iterator[str]:
    """B4: when a client was told "full", others ahead of it had already asked for the whole amount.

    Only what had been sent before the refusal came back can have been ahead of it.
    """
    sent = {answer.enterprise: answer.sent for answer in answers}
    ahead: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for line in outcome.lines:
        for tier in (Tier.PRIORITY, Tier.OTHER):
            if line.tier <= tier:
                ahead[tier].append((sent.get(line.enterprise, 0.0), line.amount))
    moments: dict[str, list[float]] = {}
    sums: dict[str, list[int]] = {}
    for tier, entries in ahead.items():
        entries.sort()
        moments[tier] = [moment for moment, _ in entries]
        sums[tier] = [0, *accumulate(amount for _, amount in entries)]
    for answer in answers:
        if answer.told != Told.FULL:
            continue
        tier = outcome.tiers[answer.enterprise]
        before = sums.get(tier, [0])[bisect_right(moments.get(tier, []), answer.answered)]
        if before < outcome.amount:
            yield (
                f"enterprise {answer.enterprise} was told the batch is full when at most {before} "
                f"of {outcome.amount} yuan had been asked for ahead of it"
            )


def _caps(outcome: Outcome) -> Iterator[str]:
    """B3: nobody above the yearly cap, and the counter holds at least this batch's application."""
    for enterprise, (cap, counted) in outcome.caps.items():
        if counted > cap:
            yield f"enterprise {enterprise} has {counted} yuan counted against a cap of {cap}"
    for line in outcome.lines:
        counted = outcome.caps.get(line.enterprise, (0, 0))[1]
        if counted < line.amount:
            yield f"enterprise {line.enterprise} has {counted} yuan counted, and applied for {line.amount}"


def winner_faults(outcome: Outcome) -> Iterator[str]:
    """B5, B6: exactly the right winners, worked out a second time, one by one."""
    if not outcome.grants:
        return
    left = outcome.amount
    right: dict[int, tuple[int, int]] = {}
    in_order = sorted(outcome.lines, key=lambda line: (outcome.tiers[line.enterprise], line.pk))
    for rank, line in enumerate(in_order, start=1):
        granted = min(line.amount, left)
        left -= granted
        right[line.pk] = (rank, granted)
    found = {grant.application: (grant.rank, grant.granted) for grant in outcome.grants}
    for application in sorted(right.keys() | found.keys()):
        if right.get(application) != found.get(application):
            yield (
                f"application {application} should have (rank, yuan) {right.get(application)}, "
                f"ranking gave {found.get(application)}"
            )


def percentile(values: Sequence[float], share: float) -> float:
    """The value that ``share`` (0 to 1) of the values do not exceed."""
    ordered: list[Any] = sorted(values)
    return float(ordered[min(len(ordered) - 1, int(share * len(ordered)))]) if ordered else 0.0
