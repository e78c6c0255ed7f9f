"""How large the season is and when it happens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from foundation.moments import local_day, moment

BATCHES = 5
FACE_YUAN = 4000  # of each voucher; five batches come to the yearly cap of an enterprise
DAYS_BETWEEN = 20
USAGE_DAYS = 30


@dataclass(frozen=True)
class LargePlan:
    """``enterprises`` of the whole province, each with ``vouchers / enterprises`` vouchers, up to one in each batch."""

    now: datetime
    cities: int = 18
    enterprises: int = 200_000
    vouchers: int = 1_000_000
    providers: int = 720

    @property
    def year(self) -> int:
        """The year whose programme it is."""
        return local_day(self.now).year

    @property
    def per_batch(self) -> int:
        """Vouchers of one batch in the whole province."""
        return self.vouchers // BATCHES

    def closes(self, number: int) -> datetime:
        """The newest batch closed 20 days ago, so that its usage window ends in ten; the others before it."""
        day = local_day(self.now) - timedelta(days=20 + (BATCHES - number) * DAYS_BETWEEN)
        return moment(day, 17)

    def published(self, number: int) -> datetime:
        """When the results of a batch came out."""
        return moment(local_day(self.closes(number)) + timedelta(days=1), 9)

    def is_swept(self, number: int) -> bool:
        """Whether the usage window of a batch is over, and what was free has been taken back (V4)."""
        return local_day(self.now) > local_day(self.closes(number)) + timedelta(days=USAGE_DAYS)

    @property
    def valid_until(self) -> date:
        """The last day of all vouchers."""
        return local_day(self.now) + timedelta(days=70)


# What a city's share of the province is: larger cities first, then the rest alike.
SHARES = {"guangzhou": 24, "foshan": 12, "dongguan": 12, "zhuhai": 6, "zhongshan": 6, "huizhou": 6}
SHARE_OF_OTHERS = 3
CAP_YUAN = Decimal(20_000)
PROVIDER_CAP_YUAN = Decimal(2_000_000_000)
