"""The moving clock, and the cards that chance deals."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

import pytest

from foundation.errors import Refusal
from foundation.moments import moment
from rehearsal.agenda import Agenda
from rehearsal.season.tally import Deck, Tally

NOON = moment(date(2020, 6, 28), 12)
HOUR = timedelta(hours=1)


class TooEarly(Refusal):
    rule = "B2"


class TooLate(Refusal):
    rule = "B2"


def refuse(kind: type[Refusal]) -> None:
    raise kind("不行。")


def test_acts_are_done_in_the_order_of_their_moments_and_then_of_planning() -> None:
    agenda, done = Agenda(), []
    agenda.at(NOON + HOUR, lambda at: done.append("later"))
    agenda.at(NOON, lambda at: done.append("first"))
    agenda.at(NOON, lambda at: done.append("second"))
    agenda.play()
    assert done == ["first", "second", "later"]


def test_acts_plan_acts_but_never_in_the_past() -> None:
    agenda, done = Agenda(), []

    def act(at: datetime) -> None:
        done.append(at)
        if len(done) == 1:
            agenda.at(at, act)
            agenda.at(at + HOUR, act)
        with pytest.raises(ValueError, match="past"):
            agenda.at(at - HOUR, act)

    agenda.at(NOON, act)
    agenda.play()
    assert done == [NOON, NOON, NOON + HOUR]


def test_only_the_expected_refusal_is_counted() -> None:
    tally = Tally()
    assert tally.attempt("tries", lambda: refuse(TooEarly), TooEarly) is None
    assert tally.attempt("tries", lambda: 1, TooEarly) == 1
    with pytest.raises(TooLate):
        tally.attempt("tries", lambda: refuse(TooLate), TooEarly)
    assert tally.events == {"tries": 1}
    assert tally.refusals == {"B2 TooEarly": 1}


def test_what_must_be_refused_is() -> None:
    tally = Tally()
    tally.must_refuse(lambda: refuse(TooEarly), TooEarly, TooLate)
    with pytest.raises(AssertionError, match="TooLate"):
        tally.must_refuse(lambda: None, TooLate)
    with pytest.raises(TooEarly):
        tally.must_refuse(lambda: refuse(TooEarly), TooLate)


def test_each_deck_holds_every_card_as_often_as_said() -> None:
    deck = Deck({"rare": 1, "common": 4}, Random(7).shuffle)
    for _ in range(3):
        drawn = [deck.draw() for _ in range(5)]
        assert drawn.count("rare") == 1
        assert drawn.count("common") == 4
