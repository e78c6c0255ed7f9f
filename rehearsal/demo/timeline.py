"""When things happened, seen from now: weeks ago, yesterday, an hour ago, on any day of any year.

Registrations and commitment letters are good for one year (E3, P2), so when the year has turned within the story,
everybody renews right after midnight of 1 January, and nothing else happens until they have.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from foundation.moments import local_day, moment, start_of_day
from foundation.workdays.queries import is_workday
from vouchers.queries import RESULTS_HOUR

STORY_DAYS = 82
# By then every registration of the beginning has been checked.
REGISTERED_DAYS = 76
RECENT = timedelta(hours=36)
TURN = timedelta(hours=10)
# Within the turn of the year: when renewal begins and ends, and when the rest goes on.
_RENEWAL = (0.05, 0.40)
_GOES_ON = 0.45


@dataclass(frozen=True)
class BatchTimes:
    """The moments of a batch."""

    announced: datetime
    opens: datetime
    closes: datetime
    valid_until: date

    @property
    def year(self) -> int:
        """The year whose programme it belongs to: that of its announcement."""
        return local_day(self.announced).year

    def within(self, share: float) -> datetime:
        """A moment while it is open: 0 is the opening, 1 the closing."""
        return self.opens + (self.closes - self.opens) * share


@dataclass(frozen=True)
class Timeline:
    """The story's moments, all but those of coming batches not later than ``now``."""

    now: datetime

    @property
    def today(self) -> date:
        """The day of ``now``."""
        return local_day(self.now)

    @property
    def turns(self) -> bool:
        """Whether the year has turned since everybody registered."""
        return (self.today - timedelta(days=REGISTERED_DAYS)).year != self.today.year

    @property
    def years(self) -> tuple[int, ...]:
        """The years of the story: this one, and the one before when it turned."""
        return (self.today.year - 1, self.today.year) if self.turns else (self.today.year,)

    @property
    def _midnight(self) -> datetime:
        return start_of_day(date(self.today.year, 1, 1))

    @property
    def _turn(self) -> timedelta:
        """How long the turn of the year takes: some hours, less when it is only minutes ago."""
        return min(TURN, self.now - self._midnight)

    def turn(self, share: float) -> datetime:
        """A moment of the renewal after the turn of the year, 0 to 1."""
        begin, end = _RENEWAL
        return self._midnight + self._turn * (begin + (end - begin) * share)

    def ago(self, days: int, hour: int = 10, minute: int = 0) -> datetime:
        """That time of the day, at least one day ago, moved behind the renewal when it falls into it."""
        return self._clear(moment(self.today - timedelta(days=days), hour, minute))

    def recently(self, share: float) -> datetime:
        """A moment of the last day and a half of this year: 0 its beginning, 1 now."""
        begin = self.now - RECENT
        if self.turns:
            begin = max(begin, self._midnight + self._turn * (_GOES_ON + 0.01))
        return begin + (self.now - begin) * share

    def _clear(self, at: datetime) -> datetime:
        """``at``, or in the same order right behind the renewal, or behind the turn before the beginning."""
        if not self.turns:
            early = at - start_of_day(self.today - timedelta(days=STORY_DAYS))
            return at if at >= self._midnight else self._midnight + early / 100
        since, goes_on = at - self._midnight, self._turn * _GOES_ON
        if timedelta(0) <= since < goes_on:
            return self._midnight + goes_on + since / 100
        return at

    def _later(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def long_ago(self) -> BatchTimes:
        """Closed two months ago, its vouchers expired three days ago."""
        return self._past(62, self._later(-3))

    def nearly_over(self) -> BatchTimes:
        """Its usage window of 30 days ends the day after tomorrow."""
        return self._past(28, self._later(60))

    def just_published(self) -> BatchTimes:
        """Its results came out at 09:00 of the last working day (B7)."""
        published = self.today
        while not is_workday(published) or moment(published, RESULTS_HOUR) > self.now:
            published -= timedelta(days=1)
        return self._past((self.today - published).days + 1, self._later(75), days_open=0)

    def just_closed(self) -> BatchTimes:
        """Closed and ranked, its results still to come."""
        closes = self.now - timedelta(minutes=20)
        closes -= timedelta(minutes=closes.minute % 5, seconds=closes.second)
        closes = self._clear(closes.replace(microsecond=0))
        opens = moment(local_day(closes) - timedelta(days=1), 9)
        return BatchTimes(self.ago(4, 11), opens, closes, self._later(90))

    def open_now(self) -> BatchTimes:
        """Open since yesterday, or since the renewal, for some days more."""
        announced, opens = self.ago(3), self.ago(1, 9)
        if local_day(announced).year != self.today.year:
            announced = self.recently(0.05)
        if opens <= announced:
            opens = self.recently(0.15)
        return BatchTimes(announced, opens, moment(self._later(5), 17), self._later(100))

    def coming(self) -> BatchTimes:
        """Announced, and opening in a week."""
        return BatchTimes(
            self.open_now().announced,
            moment(self._later(7), 9),
            moment(self._later(9), 17),
            self._later(120),
        )

    def _past(self, days: int, valid_until: date, *, days_open: int = 2) -> BatchTimes:
        """A batch that closed ``days`` days ago at 17:00."""
        return BatchTimes(
            self.ago(days + days_open + 3),
            self.ago(days + days_open, 9),
            self.ago(days, 17),
            valid_until,
        )
