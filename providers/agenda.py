"""A provider's own deadlines, for its calendar (P1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from foundation.accounts.models import User
from foundation.agenda import Deadline
from foundation.moments import end_of_day, spoken_day
from providers.queries import provider_of


def agenda(user: User, at: datetime) -> Iterator[Deadline]:
    """The last day of the accreditation: after it no order can be accepted."""
    provider = provider_of(user)
    if provider is None:
        return
    last_day = provider.accreditation.valid_until
    if end_of_day(last_day) >= at:
        yield Deadline(
            key=f"accreditation-{provider.accreditation_id}",
            ends_at=end_of_day(last_day),
            summary="机构认定有效期届满",
            text=f"{provider.accreditation.get_level_display()}认定有效期至 {spoken_day(last_day)}，"
            f"届满后不能再接单收券；已延续认定的，请联系承办单位更新名录。",
            link="/provider/",
        )
