"""Deadlines as a calendar file (iCalendar, RFC 5545)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Alarm, Calendar, Event

from foundation.agenda import REMINDER_DAYS, Deadline
from foundation.moments import SHANGHAI, local_day, moment

# When people sit at their desks; a day's end as the hour of an alarm would ring at midnight.
ALARM_HOUR = 9


def calendar_file(deadlines: Iterable[Deadline], *, name: str, at: datetime) -> bytes:
    """An .ics file, in the order of time, with alarms at 9:00 seven, three and one days before each deadline.

    Events keep their UID, so that a file taken again moves what is in the calendar already. ``at`` is the moment of
    making. A day's end is 23:59:59: calendars count whole seconds.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//Service voucher portal//ZH")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", SHANGHAI.key)
    for deadline in sorted(deadlines, key=lambda one: (one.ends_at, one.key)):
        calendar.add_component(_event(deadline, at))
    calendar.add_missing_timezones()
    return calendar.to_ical()


def _event(deadline: Deadline, at: datetime) -> Event:
    ends_at = deadline.ends_at.astimezone(SHANGHAI).replace(microsecond=0)
    address = f"{settings.PORTAL_URL}{deadline.link}"
    event = Event()
    event.add("uid", f"{deadline.key}@{urlsplit(settings.PORTAL_URL).hostname}")
    event.add("dtstamp", at)
    event.add("dtstart", ends_at)
    event.add("summary", deadline.summary)
    event.add("description", f"{deadline.text}\n{address}")
    event.add("url", address)
    # A deadline takes no time: whoever looks for a free hour finds this one free.
    event.add("transp", "TRANSPARENT")
    for days in REMINDER_DAYS:
        rings_at = moment(local_day(ends_at) - timedelta(days=days), ALARM_HOUR)
        if rings_at > at:
            event.add_component(_alarm(rings_at - ends_at, f"还有 {days} 天：{deadline.summary}"))
    return event


def _alarm(before: timedelta, words: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", before)
    alarm.add("description", words)
    return alarm
