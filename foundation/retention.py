"""How long personal data is kept (ADR 36): the periods of the settings, counted in Shanghai."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings

from foundation.accounts.actors import Actor
from foundation.errors import OutOfReach
from foundation.moments import SHANGHAI, local_day, start_of_day


def kept_since(at: datetime) -> datetime:
    """The first moment of the first year whose personal data is kept: a year's is kept for whole years after its end."""
    return start_of_day(date(local_day(at).year - settings.KEEP_PERSONAL_DATA_YEARS, 1, 1))


def years_before(at: datetime, years: int) -> datetime:
    """The same moment so many years earlier; 29 February becomes the 28th."""
    local = at.astimezone(SHANGHAI)
    try:
        return local.replace(year=local.year - years)
    except ValueError:
        return local.replace(year=local.year - years, day=28)


def require_job(by: Actor) -> None:
    """Nobody forgets at a page: raises OutOfReach for everybody but a job."""
    if by.role != "job":
        raise OutOfReach("personal data past its time is forgotten by jobs")
