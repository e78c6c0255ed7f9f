"""What is planned: the batches and figures of a season, and the days people work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from foundation.moments import SHANGHAI, local_day, moment
from foundation.workdays.queries import is_workday

CAP = 20_000
TOTAL_MIN = Decimal(6_000_000)
# As it really was in Guangzhou, 2020: Sunday 28 June, a make-up workday.
REAL_BATCH_AMOUNT = Decimal(2_000_000)
STEP = 10_000
WEIGHED_FULLY = 300


@dataclass(frozen=True)
class BatchPlan:
    """A batch to come. ``appetite``: the share of those who may apply that wants to; amounts in yuan."""

    amount: Decimal
    announced: datetime
    opens: datetime
    closes: datetime
    appetite: float


@dataclass(frozen=True)
class SeasonPlan:
    """One city's season. ``year`` decides the days: the scheme's own dates of 2020, moved to that year."""

    city: str
    year: int
    enterprises: int
    providers: int
    seed: int

    @property
    def begins(self) -> datetime:
        """The day of the city's notice."""
        return moment(date(self.year, 3, 26), 9)

    @property
    def service_from(self) -> date:
        """The first day of the service period (G2)."""
        return date(self.year - 1, 12, 1)

    @property
    def service_until(self) -> date:
        """The last day of the service period, and of every voucher (G2, V5)."""
        return date(self.year, 11, 30)

    @property
    def ends(self) -> date:
        """The last day of the year on which anything is done."""
        return date(self.year, 12, 31)

    @property
    def batches(self) -> tuple[BatchPlan, ...]:
        """Five batches; all but the real one grow with the number of enterprises.

        The first, the third and the fifth find more demand than money, and so does the second from some 300
        enterprises on; the fourth, in the summer, less.
        """
        summer = 0.2 * self._weight / self.enterprises
        return (
            self._batch("0.06", (4, 8), (4, 15, 9), (4, 17, 17), 0.5),
            self._real_batch(),
            self._batch("0.12", (7, 15), (7, 22, 9), (7, 24, 17, 30), 0.85),
            self._batch("0.12", (8, 19), (8, 26, 9), (8, 28, 17), summer),
            self._batch("0.04", (9, 9), (9, 16, 9), (9, 16, 17), 0.6),
        )

    @property
    def _weight(self) -> int:
        """The enterprises, of which those beyond 300 move the budget less: a city's money does not grow with its
        applicants."""
        beyond = max(self.enterprises - WEIGHED_FULLY, 0)
        return self.enterprises - beyond + beyond // 4

    @property
    def total_amount(self) -> Decimal:
        """What the programme issues: the scheme's 6,000,000, or what the batches of a larger city need."""
        needed = sum((batch.amount for batch in self.batches), Decimal(0))
        return max(TOTAL_MIN, needed)

    def _real_batch(self) -> BatchPlan:
        day = date(self.year, 6, 28)
        return BatchPlan(
            REAL_BATCH_AMOUNT,
            moment(date(self.year, 6, 22), 10),
            moment(day, 15),
            moment(day, 17, 30),
            0.95,
        )

    def _batch(
        self,
        share: str,
        announced: tuple[int, int],
        opens: tuple[int, ...],
        closes: tuple[int, ...],
        appetite: float,
    ) -> BatchPlan:
        """``share`` of what the enterprises could receive in the year, in steps of STEP."""
        wanted = Decimal(share) * CAP * self._weight
        amount = max(Decimal(1), (wanted / STEP).to_integral_value()) * STEP
        return BatchPlan(
            amount,
            moment(date(self.year, *announced), 10),
            _moment(self.year, *opens),
            _moment(self.year, *closes),
            appetite,
        )


def _moment(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return moment(date(year, month, day), hour, minute)


class OfficeHours:
    """Moments at which people sit at their desks; which days are worked is the portal's calendar's to say (B7)."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._known: dict[date, bool] = {}

    def is_workday(self, day: date) -> bool:
        """Whether ``day`` is worked, asked once."""
        if day not in self._known:
            self._known[day] = is_workday(day)
        return self._known[day]

    def workday_from(self, day: date) -> date:
        """``day``, or the next that is worked."""
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def some_time_on(self, day: date) -> datetime:
        """A moment of the working hours of ``day``, to the second."""
        seconds = self._rng.randrange(9 * 3600, 17 * 3600 + 1800)
        return datetime.combine(day, time.min, SHANGHAI) + timedelta(seconds=seconds)

    def days_later(self, at: datetime, least: int, most: int) -> datetime:
        """A moment of a working day, ``least`` to ``most`` calendar days later, or soon after those."""
        day = local_day(at) + timedelta(days=self._rng.randint(least, most))
        later = self.some_time_on(self.workday_from(day))
        return later if later > at else at + timedelta(minutes=self._rng.randint(5, 60))

    def workdays(self, first: date, last: date) -> list[date]:
        """The working days from ``first`` to ``last``, both included."""
        days = (last - first).days + 1
        return [
            day
            for day in (first + timedelta(days=place) for place in range(days))
            if self.is_workday(day)
        ]
