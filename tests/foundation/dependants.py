"""What depends on working days, for the tests of the calendar: results of batches that close on fixed days."""

from __future__ import annotations

from datetime import date, datetime

from foundation.moments import moment
from foundation.workdays.queries import workday_after


def results_of_june(at: datetime) -> list[tuple[str, datetime]]:
    return [
        ("六月二十七日截止批次的结果公布", moment(workday_after(date(2020, 6, 27)), 9)),
        ("六月一日截止批次的结果公布", moment(workday_after(date(2020, 6, 1)), 9)),
    ]


def results_of_2027(at: datetime) -> list[tuple[str, datetime]]:
    return [("2027 年元旦前批次的结果公布", moment(workday_after(date(2026, 12, 31)), 9))]
