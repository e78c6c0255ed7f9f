"""The demo's moments, on every day of some years: in order, never later than now."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from foundation.moments import local_day, moment
from rehearsal.demo.timeline import STORY_DAYS, BatchTimes, Timeline

DAYS = [date(2023, 1, 1) + timedelta(days=place) for place in range(4 * 365 + 1)]
MINUTES = (0, 21, 9 * 60, 13 * 60 + 37, 24 * 60 - 1)

pytestmark = pytest.mark.django_db


def moments() -> list[datetime]:
    """Times of day in turn over the days, and all of them around the turn of the year."""
    found = []
    for place, day in enumerate(DAYS):
        turn = day.timetuple().tm_yday <= 5 or (day.month, day.day) == (12, 31)
        minutes = MINUTES if turn else (MINUTES[place % len(MINUTES)],)
        found += [moment(day, *divmod(minute, 60)) + timedelta(seconds=5) for minute in minutes]
    return found


def past_batches(timeline: Timeline) -> list[BatchTimes]:
    return [timeline.long_ago(), timeline.nearly_over(), timeline.just_published()]


def test_the_story_is_in_order_on_every_day() -> None:
    for now in moments():
        timeline = Timeline(now)
        days = [timeline.ago(back) for back in range(STORY_DAYS, 0, -1)]
        assert days == sorted(set(days)), now
        assert days[-1] < now
        for batch in (*past_batches(timeline), timeline.just_closed(), timeline.open_now()):
            assert batch.announced < batch.opens < batch.closes, now
            assert batch.year in timeline.years, now
        assert all(batch.closes < now for batch in past_batches(timeline))
        ranked = timeline.just_closed().closes + timedelta(minutes=6)
        assert ranked <= now, now
        assert timeline.open_now().opens < now < timeline.open_now().closes
        assert timeline.open_now().year == timeline.coming().year == local_day(now).year
        assert timeline.coming().announced < now < timeline.coming().opens
        assert timeline.recently(0) < timeline.recently(0.5) < now


def test_renewals_are_done_before_anything_else_of_the_year() -> None:
    for now in moments():
        timeline = Timeline(now)
        if not timeline.turns:
            continue
        begins = moment(date(now.year, 1, 1), 0)
        assert begins < timeline.turn(0) < timeline.turn(1) < now, now
        for back in range(1, STORY_DAYS):
            at = timeline.ago(back, 0, 1)
            assert at < begins or at > timeline.turn(1), now
        assert timeline.recently(0) > timeline.turn(1)
        assert timeline.open_now().announced > timeline.turn(1)


def test_everything_registered_in_the_year_of_its_story() -> None:
    for now in moments():
        timeline = Timeline(now)
        year = timeline.years[0]
        assert local_day(timeline.ago(80)).year == local_day(timeline.ago(77)).year == year, now


@pytest.mark.rule("B7")
def test_the_newest_results_are_of_the_last_working_day() -> None:
    sunday_and_make_up_day = moment(date(2020, 6, 28), 12)
    closes = Timeline(sunday_and_make_up_day).just_published().closes
    assert local_day(closes) == date(2020, 6, 27)
    before_nine = Timeline(moment(date(2020, 6, 28), 8)).just_published().closes
    assert local_day(before_nine) == date(2020, 6, 23)  # 24 June was worked, 25 to 27 were not
    at_nine = Timeline(moment(date(2020, 6, 28), 9)).just_published().closes
    assert local_day(at_nine) == date(2020, 6, 27)
