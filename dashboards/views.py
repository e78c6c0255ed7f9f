"""One dashboard page for district, city and province, its tables as Excel (N3), and the calendar of each party (V7)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from dashboards import queries
from dashboards.agenda import agenda_of
from dashboards.exports import export
from foundation.accounts.models import Role
from foundation.calendars import calendar_file
from foundation.printing.answers import CALENDAR, EXCEL, download
from foundation.requests import RoleRequired, actor_of, whole_number

# Lines of a long table on the page; its Excel file has them all.
SHOWN_MAX = 500


class DashboardPage(RoleRequired, View):
    """Pages for officials; the reach comes from the account."""

    roles = frozenset({Role.BUREAU, Role.DISTRICT, Role.PROVINCE})

    def reach(self, request: HttpRequest) -> queries.Reach | None:
        asked = whole_number(request.GET.get("programme", ""))
        return queries.reach_of(actor_of(request), asked)


class HomeView(DashboardPage):
    """The funnel, batches, what is about to lapse, who has not registered, providers."""

    def get(self, request: HttpRequest) -> HttpResponse:
        reach = self.reach(request)
        context: dict[str, Any] = {
            "reach": reach,
            "programmes": queries.programmes_for(request.user),
            "groupings": [(key, heading) for key, (heading, *_rest) in queries.GROUPINGS.items()],
        }
        if reach is not None:
            grouping = request.GET.get("by", "district")
            if grouping not in queries.GROUPINGS:
                raise Http404
            rows = queries.funnel(reach, grouping, request.at)
            context |= {
                "grouping": grouping,
                "heading": queries.GROUPINGS[grouping][0],
                "rows": rows,
                "sum": queries.sum_of(rows),
                "batches": queries.batch_figures(reach),
                "lapsing": queries.lapsing(reach, request.at)[:SHOWN_MAX],
                "not_registered": queries.not_registered(reach)[:SHOWN_MAX],
                "shown_max": SHOWN_MAX,
                "providers": queries.provider_figures(reach),
                "leverage": queries.leverage(reach),
            }
        return render(request, "dashboards/home.html", context)


class ExportView(DashboardPage):
    """One table of the dashboard as an Excel file."""

    def get(self, request: HttpRequest, table: str) -> HttpResponse:
        reach = self.reach(request)
        content = export(table, reach, request.at) if reach else None
        if content is None:
            raise Http404
        return download(content, name=f"{table}.xlsx", content_type=EXCEL)


class CalendarView(RoleRequired, View):
    """An enterprise's or provider's own deadlines as a calendar file (V7)."""

    roles = frozenset({Role.ENTERPRISE, Role.PROVIDER})

    def get(self, request: HttpRequest) -> HttpResponse:
        name = "服务券期限"
        deadlines = agenda_of(request.user, request.at)
        if not deadlines:
            # A calendar file without an event is none.
            messages.info(request, "目前没有未到的期限，日历文件为空，无需下载。")
            return redirect("accounts:home")
        content = calendar_file(deadlines, name=name, at=request.at)
        return download(content, name=f"{name}.ics", content_type=CALENDAR)
