"""Changing the working-day calendar, and showing what the change moves (B7)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.module_loading import import_string

from foundation.accounts.actors import Actor, require_role
from foundation.accounts.models import Role
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.moments import local_day, spoken
from foundation.workdays import policies
from foundation.workdays.models import LoadedYear, WorkdayException
from foundation.workdays.policies import UnableToChangeCalendar
from foundation.workdays.queries import CalendarUnknown, is_known_year

# What settings.WORKDAY_DEPENDANTS names: all that depends on working days at ``at``, as (label, moment).
Dependant = Callable[[datetime], list[tuple[str, datetime]]]


class Shift(NamedTuple):
    """What a change of the calendar moved; None where the calendar was or is unknown, or the matter is no more."""

    label: str
    before: datetime | None
    after: datetime | None

    def __str__(self) -> str:
        before = spoken(self.before) if self.before else "未定"
        after = spoken(self.after) if self.after else "未定"
        return f"{self.label}：{before} → {after}"


@dataclass(frozen=True)
class CalendarChange:
    """A change that was made. ``subject`` is the row it made or took away; ``shifts`` what it moved (B7)."""

    subject: WorkdayException | LoadedYear
    shifts: list[Shift]


def set_workday_exception(
    *, by: Actor, at: datetime, day: date, is_workday: bool, name: str
) -> CalendarChange:
    """Make ``day`` a working day or a day off, whatever the calendar says; again for a day corrects it (B7).

    The bureau of any city may, also after results were published. Raises UnableToChangeCalendar, also for a day that is
    not to come and would bring a running period to an earlier end (R4).
    """
    require_role(by, Role.BUREAU)
    policies.check_name(name)
    try:
        with transaction.atomic():
            before = _moments(at)
            exception, _ = WorkdayException.objects.select_for_update().update_or_create(
                day=day, defaults={"is_workday": is_workday, "name": name.strip()}
            )
            return _finish(
                by,
                at,
                "set_workday_exception",
                exception,
                before,
                {"day": day.isoformat(), "is_workday": is_workday, "name": name.strip()},
            )
    except IntegrityError:
        raise UnableToChangeCalendar(f"{day} 刚刚被他人调整，请刷新后查看。", field="day") from None


def remove_workday_exception(
    *, by: Actor, at: datetime, exception: WorkdayException
) -> CalendarChange:
    """Take an exception away, so that the known calendar holds for its day again (B7). Raises UnableToChangeCalendar."""
    require_role(by, Role.BUREAU)
    with transaction.atomic():
        found = WorkdayException.objects.select_for_update().filter(pk=exception.pk).first()
        if found is None:
            raise OutOfReach("no such exception")
        before = _moments(at)
        details = {"day": found.day.isoformat(), "is_workday": found.is_workday, "name": found.name}
        pk = found.pk
        found.delete()
        # The audit entry needs the number of the row that is gone.
        found.pk = pk
        change = _finish(by, at, "remove_workday_exception", found, before, details)
        found.pk = None
        return change


def load_year(
    *,
    by: Actor,
    at: datetime,
    year: int,
    days_off: Sequence[date],
    makeup_days: Sequence[date] = (),
) -> CalendarChange:
    """Load the State Council's calendar of a year that the portal does not know (B7).

    ``days_off``: every holiday that falls on Monday to Friday (weekend days may stand there too); ``makeup_days``:
    the weekend days that are worked. Raises UnableToChangeCalendar.
    """
    require_role(by, Role.BUREAU)
    policies.check_year(
        year, days_off=days_off, makeup_days=makeup_days, is_known=is_known_year(year)
    )
    try:
        with transaction.atomic():
            before = _moments(at)
            loaded = LoadedYear(year=year, loaded_at=at)
            loaded.save(force_insert=True)
            WorkdayException.objects.filter(day__in=[*days_off, *makeup_days]).delete()
            WorkdayException.objects.bulk_create(
                [
                    *(
                        WorkdayException(day=day, is_workday=False, name=f"{year} 年放假")
                        for day in days_off
                    ),
                    *(
                        WorkdayException(day=day, is_workday=True, name=f"{year} 年调休上班")
                        for day in makeup_days
                    ),
                ]
            )
            return _finish(
                by,
                at,
                "load_year",
                loaded,
                before,
                {
                    "year": year,
                    "days_off": [day.isoformat() for day in sorted(days_off)],
                    "makeup_days": [day.isoformat() for day in sorted(makeup_days)],
                },
            )
    except IntegrityError:
        raise UnableToChangeCalendar(
            f"{year} 年的日历刚刚被他人载入，请刷新后查看。", field="year"
        ) from None


def _finish(
    by: Actor,
    at: datetime,
    action: str,
    subject: WorkdayException | LoadedYear,
    before: dict[str, datetime],
    details: dict[str, Any],
) -> CalendarChange:
    """Compare what depends on the calendar with what it was, and put both into the audit trail."""
    shifts = _shifts(before, _moments(at))
    if isinstance(subject, WorkdayException):
        policies.check_none_cut_short(
            subject.day,
            [one.label for one in shifts if _is_cut_short(one, at)],
            today=local_day(at),
        )
    record(
        at=at,
        by=by,
        action=action,
        subject=subject,
        details={
            **details,
            "shifts": [
                {
                    "label": shift.label,
                    "before": shift.before.isoformat() if shift.before else None,
                    "after": shift.after.isoformat() if shift.after else None,
                }
                for shift in shifts
            ],
        },
    )
    return CalendarChange(subject, shifts)


def _is_cut_short(shift: Shift, at: datetime) -> bool:
    """Whether what is still to come would come earlier, or be over."""
    if shift.before is None or shift.before < at:
        return False
    return shift.after is None or shift.after < shift.before


def _moments(at: datetime) -> dict[str, datetime]:
    """Everything that depends on working days now, by label; without what an unknown year leaves open."""
    moments: dict[str, datetime] = {}
    for path in settings.WORKDAY_DEPENDANTS:
        dependant: Dependant = import_string(path)
        try:
            moments.update(dependant(at))
        except CalendarUnknown:
            continue
    return moments


def _shifts(before: dict[str, datetime], after: dict[str, datetime]) -> list[Shift]:
    return [
        Shift(label, before.get(label), after.get(label))
        for label in dict.fromkeys([*before, *after])
        if before.get(label) != after.get(label)
    ]
