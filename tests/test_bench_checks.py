"""The outcome check of ``script/bench rush`` is worth something only if it sees what is wrong."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from bench.checks import Answer, Grant, Line, Outcome, Told, faults, load
from tests import build
from vouchers.models import Allocation, Application, DemandShard, EnterpriseAllowance
from vouchers.states import Tier

# Four ask for 100 yuan each of 250; the fourth comes when the batch is full. Enterprise 3 is a priority one.
ANSWERS = [
    Answer(enterprise=1, amount=100, sent=1.0, answered=1.1, told=Told.ACCEPTED, application=11),
    Answer(enterprise=2, amount=100, sent=1.0, answered=1.2, told=Told.ACCEPTED, application=12),
    Answer(enterprise=3, amount=100, sent=1.1, answered=1.3, told=Told.ACCEPTED, application=13),
    Answer(enterprise=4, amount=100, sent=1.4, answered=1.5, told=Told.FULL),
]
RIGHT = Outcome(
    amount=250,
    lines=[
        Line(pk=11, enterprise=1, amount=100, tier=Tier.OTHER),
        Line(pk=12, enterprise=2, amount=100, tier=Tier.OTHER),
        Line(pk=13, enterprise=3, amount=100, tier=Tier.PRIORITY),
    ],
    tiers={1: Tier.OTHER, 2: Tier.OTHER, 3: Tier.PRIORITY, 4: Tier.OTHER},
    caps={1: (20000, 100), 2: (20000, 100), 3: (20000, 100)},
    grants=[
        Grant(application=13, rank=1, granted=100),
        Grant(application=11, rank=2, granted=100),
        Grant(application=12, rank=3, granted=50),
    ],
)


def test_a_right_outcome_has_no_faults():
    assert faults(ANSWERS, RIGHT) == []


def answered(index, **changes):
    """The answers with one of them changed."""
    answers = list(ANSWERS)
    answers[index] = replace(answers[index], **changes)
    return answers


PLANTED = {
    "an error": (answered(3, told=Told.ERROR, said="status 500"), RIGHT, "status 500"),
    "a duplicate": (
        ANSWERS,
        replace(RIGHT, lines=[*RIGHT.lines, replace(RIGHT.lines[0], pk=14)]),
        "2 live applications",
    ),
    "a lost application": (ANSWERS, replace(RIGHT, lines=RIGHT.lines[1:]), "which is not there"),
    "another amount": (
        ANSWERS,
        replace(RIGHT, lines=[replace(RIGHT.lines[0], amount=200), *RIGHT.lines[1:]]),
        "not what enterprise 1 asked for",
    ),
    "one nobody was told of": (
        answered(0, told=Told.FULL, application=0),
        RIGHT,
        "its client was not told",
    ),
    "a wrong tier": (
        ANSWERS,
        replace(RIGHT, lines=[replace(RIGHT.lines[0], tier=Tier.PRIORITY), *RIGHT.lines[1:]]),
        "counted in tier 1",
    ),
    # Before the third had been sent, only 200 of 250 yuan could have been ahead.
    "a refusal too early": (answered(3, sent=1.0, answered=1.05), RIGHT, "told the batch is full"),
    # Only 100 yuan of priority demand are ahead of a priority enterprise.
    "a refused priority": (
        ANSWERS,
        replace(RIGHT, tiers={**RIGHT.tiers, 4: Tier.PRIORITY}),
        "told the batch is full",
    ),
    "a broken cap": (
        ANSWERS,
        replace(RIGHT, caps={**RIGHT.caps, 1: (20000, 20100)}),
        "against a cap of 20000",
    ),
    "a forgotten counter": (
        ANSWERS,
        replace(RIGHT, caps={**RIGHT.caps, 1: (20000, 0)}),
        "applied for 100",
    ),
    "the books": (ANSWERS, replace(RIGHT, book_breaks=["批次 1：需求"]), "books: 批次 1"),
    "a wrong winner": (
        ANSWERS,
        replace(RIGHT, grants=[replace(RIGHT.grants[2], application=14), *RIGHT.grants[:2]]),
        "ranking gave",
    ),
    "a fen too much": (
        ANSWERS,
        replace(RIGHT, grants=[*RIGHT.grants[:2], replace(RIGHT.grants[2], granted=51)]),
        "ranking gave (3, 51)",
    ),
}


@pytest.mark.rule("B2", "B3", "B4", "B5", "B6")
@pytest.mark.parametrize("planted", PLANTED)
def test_a_planted_error_is_seen(planted):
    answers, outcome, words = PLANTED[planted]
    found = faults(answers, outcome)
    assert any(words in fault for fault in found), found


@pytest.mark.django_db
@pytest.mark.rule("V2")
def test_what_the_database_holds_is_checked():
    batch = build.batch(amount=Decimal(250))
    applicants = [build.enterprise(), build.enterprise(), build.enterprise(priority=True)]
    rows = [build.apply(batch, applicant, 100, in_flight=True) for applicant in applicants]
    answers = [
        Answer(row.enterprise_id, 100, 1.0, 1.1, Told.ACCEPTED, application=row.pk) for row in rows
    ]
    tiers = {row.enterprise_id: row.counted_tier for row in rows}
    build.decide(batch, publish=False)
    assert faults(answers, load(batch, tiers)) == []
    assert {grant.granted for grant in load(batch, tiers).grants} == {100, 50}
    shard = DemandShard.objects.filter(batch=batch, other_amount__gt=0).first()
    DemandShard.objects.filter(pk=shard.pk).update(other_amount=shard.other_amount + 1)
    assert any("books" in fault for fault in faults(answers, load(batch, tiers)))
    DemandShard.objects.filter(pk=shard.pk).update(other_amount=shard.other_amount)
    EnterpriseAllowance.objects.filter(enterprise=applicants[0]).update(applied=0)
    assert any("applied for 100" in fault for fault in faults(answers, load(batch, tiers)))
    Application.objects.filter(pk=rows[1].pk).update(amount=200)
    assert any("not what" in fault for fault in faults(answers, load(batch, tiers)))
    assert Allocation.objects.count() == 3
