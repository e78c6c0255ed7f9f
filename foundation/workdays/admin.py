"""The working-day calendar at the desk (B7)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse

from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin
from foundation.workdays import operations
from foundation.workdays.forms import ExceptionForm, LoadYearForm
from foundation.workdays.models import LoadedYear, WorkdayException
from foundation.workdays.operations import CalendarChange

BUREAU = frozenset({Role.BUREAU})


class CalendarAdmin(DeskAdmin):
    """Acts of the calendar, each followed by what it moved."""

    desk_roles = BUREAU

    def visible_to(self, user: Any) -> QuerySet[Any]:
        """The calendar is the country's: the bureau of any city sees all of it."""
        return self.model._default_manager.all()

    def _act(self, request: HttpRequest, act: Act | None, record: Model | None) -> HttpResponse:
        """As the desk does it, and every shift of the change is shown (B7)."""
        if act is None:
            return super()._act(request, act, record)
        changes: list[CalendarChange] = []

        def told(**arguments: Any) -> Model:
            changes.append(act.operation(**arguments))
            return changes[0].subject

        response = super()._act(request, replace(act, operation=told), record)
        for change in changes:
            if not change.shifts:
                messages.info(request, "没有任何时间因此变动。")
            for shift in change.shifts:
                messages.warning(request, str(shift))
        return response


@admin.register(WorkdayException)
class WorkdayExceptionAdmin(CalendarAdmin):
    list_display = ["day", "work", "name"]
    list_filter = ["is_workday"]
    search_fields = ["name"]
    date_hierarchy = "day"
    ordering = ["-day"]
    fields = ["day", "is_workday", "name"]

    @admin.display(description="当天", ordering="is_workday")
    def work(self, exception: WorkdayException) -> str:
        return "上班" if exception.is_workday else "放假"

    list_acts = {
        "set": Act(
            "调整一天",
            operations.set_workday_exception,
            ExceptionForm,
            BUREAU,
            done="已调整，受影响的时间已按新日历重新计算。",
        ),
        "year": Act(
            "载入年度日历",
            operations.load_year,
            LoadYearForm,
            BUREAU,
            done="年度日历已载入。",
        ),
    }
    record_acts = {
        "remove": Act(
            "撤销此调整",
            operations.remove_workday_exception,
            roles=BUREAU,
            subject="exception",
            done="已撤销，受影响的时间已按原日历重新计算。",
        )
    }


@admin.register(LoadedYear)
class LoadedYearAdmin(CalendarAdmin):
    list_display = ["year", "loaded_at"]
    ordering = ["-year"]
    fields = ["year", "loaded_at"]
