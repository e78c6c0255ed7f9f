"""Days and moments in Asia/Shanghai, the only zone of the scheme."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_MICROSECOND = timedelta(microseconds=1)


def local_day(at: datetime) -> date:
    """The calendar day in Shanghai on which ``at`` (aware) falls."""
    return at.astimezone(SHANGHAI).date()


def start_of_day(day: date) -> datetime:
    """00:00:00 of ``day`` in Shanghai."""
    return datetime.combine(day, time.min, SHANGHAI)


def end_of_day(day: date) -> datetime:
    """23:59:59.999999 of ``day`` in Shanghai: the last moment that is still in time."""
    return start_of_day(day + timedelta(days=1)) - ONE_MICROSECOND


def moment(day: date, hour: int, minute: int = 0) -> datetime:
    """``hour:minute`` of ``day`` in Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def spoken(at: datetime) -> str:
    """A moment as people here write it: 2020年6月28日 15:00."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def spoken_day(day: date) -> str:
    """A day as people here write it: 2020年6月28日."""
    return f"{day.year}年{day.month}月{day.day}日"


def spoken_span(span: timedelta) -> str:
    """A span of time in its two largest units, rounded down: 3 天 5 小时; under a minute, 不到 1 分钟."""
    minutes = int(span.total_seconds()) // 60
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    parts = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    while parts and not parts[0][0]:
        parts.pop(0)
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count) or "不到 1 分钟"
