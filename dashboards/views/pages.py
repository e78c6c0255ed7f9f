"""The pages of figures, the wall, and the calendar of each party (N3, V7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View

from dashboards import figures
from dashboards.agenda import agenda_of
from dashboards.exports import export
from dashboards.groupings import GROUPINGS, grouping_for, groupings_of
from dashboards.lists import LISTINGS
from dashboards.provider_figures import providers
from dashboards.reach import Reach
from dashboards.service_figures import categories
from dashboards.tables import Table
from dashboards.views.base import DashboardPage
from foundation.accounts.models import Role
from foundation.audit.operations import note_export
from foundation.calendars import calendar_file
from foundation.printing.answers import CALENDAR, EXCEL, download
from foundation.requests import RoleRequired, actor_of, whole_number

PROVIDERS_PER_PAGE = 50
ROWS_PER_PAGE = 50
PAGES_MAX = 200
WALL_REFRESH_SECONDS = 60


class FiguresPage(DashboardPage):
    """A page of rolled-up tables."""

    template = ""

    def get(self, request: HttpRequest) -> HttpResponse:
        reach = self.reach(request)
        more = self.figures(request, reach) if reach and reach.taken_at() else {}
        return render(request, self.template, self.context(request, reach, **more))

    def figures(self, request: HttpRequest, reach: Reach) -> dict[str, Any]:
        """The tables of the page."""
        raise NotImplementedError

    def grouping(self, request: HttpRequest, reach: Reach) -> dict[str, Any]:
        """The grouping asked for and those there are; 404 for an unknown one."""
        grouping = grouping_for(reach, request.GET.get("by", ""))
        if grouping is None:
            raise Http404
        return {"grouping": grouping, "groupings": groupings_of(reach)}


class HomeView(FiguresPage):
    """The whole line at a glance, the funnel by group, and the weeks."""

    tab, template = "home", "dashboards/home.html"

    def figures(self, request: HttpRequest, reach: Reach) -> dict[str, Any]:
        chosen = self.grouping(request, reach)
        tables = [figures.funnel(reach, chosen["grouping"])]
        if chosen["grouping"].key in {"district", "city"}:
            tables.append(figures.comparison(reach, chosen["grouping"]))
        return {
            **chosen,
            "overall": figures.overall(reach),
            "tables": [*tables, *_by_batch(reach, figures.batches), figures.weeks(reach)],
        }


class MoneyView(FiguresPage):
    """Where the voucher money is, by batch and by group, and when the rest is reclaimed."""

    tab, template = "money", "dashboards/money.html"

    def figures(self, request: HttpRequest, reach: Reach) -> dict[str, Any]:
        chosen = self.grouping(request, reach)
        return {
            **chosen,
            "overall": figures.overall(reach),
            "tables": [
                *_by_batch(reach, lambda of: figures.money(of, GROUPINGS["batch"])),
                figures.money(reach, chosen["grouping"]),
                figures.to_lapse(reach, request.at),
            ],
        }


def _by_batch(reach: Reach, make: Callable[[Reach], Table]) -> list[Table]:
    """A table by batch; none for the province, whose cities' batches have nothing to do with each other."""
    return [make(reach)] if reach.programme is not None else []


class ServicesView(FiguresPage):
    """Categories and providers: money, leverage, quality."""

    tab, template = "services", "dashboards/services.html"

    def figures(self, request: HttpRequest, reach: Reach) -> dict[str, Any]:
        table, page = providers(reach, page=request.GET.get("page"), size=PROVIDERS_PER_PAGE)
        return {
            "overall": figures.overall(reach),
            "tables": [categories(reach)],
            "providers": table,
            "page_obj": page,
        }


class WallView(DashboardPage):
    """The overview in large type for a screen on a wall; it asks for itself anew every minute."""

    def get(self, request: HttpRequest) -> HttpResponse:
        reach = self.reach(request)
        context = self.context(request, reach, refresh=WALL_REFRESH_SECONDS)
        if reach and context["taken_at"]:
            first = groupings_of(reach)[0]
            context |= {
                "overall": figures.overall(reach),
                "funnel": figures.funnel(reach, first),
                "compared": figures.comparison(reach, first) if reach.district is None else None,
                "weeks": figures.weeks(reach),
                "categories": categories(reach),
            }
        return render(request, "dashboards/wall.html", context)


class ListView(DashboardPage):
    """The list behind a number, filtered and paged. It is not counted: the number on the dashboard is the count."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        listing = LISTINGS.get(name)
        if listing is None:
            raise Http404
        reach = self.required_reach(request)
        form = listing.form(request.GET, reach=reach)
        number = min(max(whole_number(request.GET.get("page", "1")) or 1, 1), PAGES_MAX)
        first = (number - 1) * ROWS_PER_PAGE
        table, goes_on = listing.cut(reach, form.chosen(), request.at, first, ROWS_PER_PAGE)
        return render(
            request,
            "dashboards/list.html",
            self.context(
                request,
                reach,
                table=table,
                filter=form,
                number=number,
                previous=number - 1,
                following=number + 1 if goes_on and number < PAGES_MAX else 0,
                is_cut=number == PAGES_MAX,
                query=_without_page(request),
            ),
        )


def _without_page(request: HttpRequest) -> str:
    query = request.GET.copy()
    query.pop("page", None)
    return query.urlencode()


class ExportView(DashboardPage):
    """One table or list as an Excel file; a list of enterprises is kept in the audit trail."""

    def get(self, request: HttpRequest, table: str) -> HttpResponse:
        if table.startswith("calls-") and request.user.role == Role.PROVINCE:
            raise Http404
        reach = self.reach(request)
        made = export(table, reach, request.at, request.GET) if reach else None
        if made is None:
            raise Http404
        if made.named is not None:
            note_export(
                at=request.at,
                by=actor_of(request),
                listed=f"dashboards.{table}",
                filters=request.GET.dict(),
                rows=made.named,
            )
        return download(made.content, name=f"{table}.xlsx", content_type=EXCEL)


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
