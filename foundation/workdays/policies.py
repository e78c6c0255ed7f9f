"""When the calendar may be changed; values only (B7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from foundation.errors import Refusal

SATURDAY = 5


class UnableToChangeCalendar(Refusal):
    """A change of the working-day calendar that makes no sense (B7)."""

    rule = "B7"


def check_name(name: str) -> None:
    """Raises UnableToChangeCalendar when an exception does not say what it is."""
    if not name.strip():
        raise UnableToChangeCalendar("请填写说明，例如“国庆节调休上班”。", field="name")


def check_none_cut_short(day: date, cut_short: Sequence[str], *, today: date) -> None:
    """Raises UnableToChangeCalendar when a day that is not to come would end what is running sooner (B7, R4).

    Who counts on a publicity period or a deadline has seen its end announced; only days to come may still move it closer.
    """
    if day <= today and cut_short:
        named = "、".join(cut_short[:3])
        raise UnableToChangeCalendar(
            f"{day} 已经到来或过去，这样调整会使正在进行的期限提前：{named}。只能调整以后的日期。",
            field="day",
        )


def check_year(
    year: int, *, days_off: Sequence[date], makeup_days: Sequence[date], is_known: bool
) -> None:
    """Raises UnableToChangeCalendar unless the two lists can be a year's calendar of the State Council (B7).

    ``is_known``: somebody has loaded the year, or it came with the portal.
    """
    if is_known:
        raise UnableToChangeCalendar(f"{year} 年的日历已经载入，如有变化请逐日调整。", field="year")
    if not days_off:
        raise UnableToChangeCalendar("请填写该年度的放假日期。", field="days_off")
    for field, days in (("days_off", days_off), ("makeup_days", makeup_days)):
        for day in days:
            if day.year != year:
                raise UnableToChangeCalendar(f"{day} 不在 {year} 年内，请核对。", field=field)
        if len(set(days)) != len(days):
            raise UnableToChangeCalendar("同一日期填写了两次，请核对。", field=field)
    both = sorted(set(days_off) & set(makeup_days))
    if both:
        raise UnableToChangeCalendar(
            f"{both[0]} 既填为放假又填为调休上班，请核对。", field="makeup_days"
        )
    for day in makeup_days:
        if day.weekday() < SATURDAY:
            raise UnableToChangeCalendar(
                f"{day} 不是周六、周日，不是调休上班日，请核对。", field="makeup_days"
            )
