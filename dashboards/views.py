"""One dashboard page for district, city and province, and its tables as Excel (N3)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views import View

from dashboards import queries
from dashboards.exports import export
from foundation.accounts.models import Role
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
        response = HttpResponse(
            content,
            content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        response["Content-Disposition"] = f'attachment; filename="{table}.xlsx"'
        response["Cache-Control"] = "private, no-store"
        return response
