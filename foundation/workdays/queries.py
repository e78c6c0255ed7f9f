"""Working days by the State Council's calendar with make-up workdays (B7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, timedelta

import chinese_calendar

from foundation.errors import Refusal
from foundation.workdays.models import LoadedYear, WorkdayException

SATURDAY = 5


class CalendarUnknown(Refusal):
    """No calendar is known for a year; there is no falling back to Monday–Friday (B7)."""

    rule = "B7"

    def __init__(self, year: int) -> None:
        super().__init__(
            f"尚未载入 {year} 年的国务院办公厅放假调休安排，请市工业和信息化局先在“工作日调整”中载入该年度日历。"
        )
        self.year = year


def exceptions_to_calendar() -> dict[date, bool]:
    """Every exception staff have set: day → whether it is worked. A list counts all its dates with one reading."""
    return dict(WorkdayException.objects.values_list("day", "is_workday"))


def is_workday(day: date, exceptions: Mapping[date, bool] | None = None) -> bool:
    """Whether ``day`` is a working day; raises CalendarUnknown for a year nobody has loaded.

    ``exceptions``: what ``exceptions_to_calendar`` read, to ask nothing for this day.
    """
    if exceptions is None:
        exceptions = dict(WorkdayException.objects.filter(day=day).values_list("day", "is_workday"))
    if day in exceptions:
        return exceptions[day]
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        if LoadedYear.objects.filter(year=day.year).exists():
            return day.weekday() < SATURDAY
        raise CalendarUnknown(day.year) from None


def is_known_year(year: int) -> bool:
    """Whether the calendar of ``year`` came with the portal or was loaded."""
    try:
        chinese_calendar.is_workday(date(year, 1, 1))
    except NotImplementedError:
        return LoadedYear.objects.filter(year=year).exists()
    return True


def workday_after(day: date, count: int = 1, exceptions: Mapping[date, bool] | None = None) -> date:
    """The ``count``-th working day after ``day``, which itself does not count (B7, R4); see ``is_workday``."""
    while count > 0:
        day += timedelta(days=1)
        if is_workday(day, exceptions):
            count -= 1
    return day


def workdays_after(days: Collection[date], count: int) -> dict[date, date]:
    """``workday_after`` of many days with one query for all exceptions, for lists; a day whose calendar is not
    known is left out."""
    exceptions = exceptions_to_calendar() if days else {}
    found = {}
    for day in days:
        with suppress(CalendarUnknown):
            found[day] = workday_after(day, count, exceptions)
    return found
