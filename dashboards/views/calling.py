"""The call lists: whom to call, a number on request and on record, and what came of it (N3, F5)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import cached_property

from dashboards.calls import calls, found_in, open_batch
from dashboards.forms import CallFilterForm, CallForm
from dashboards.models import CallList
from dashboards.operations.calling import Handler, record_call, reveal_handler
from dashboards.reach import Reach
from dashboards.views.base import DashboardPage
from foundation.accounts.models import Role
from foundation.accounts.reauthentication import again_url
from foundation.accounts.sessions import proved_lately
from foundation.errors import Refusal
from foundation.requests import actor_of

CALLS_PER_PAGE = 50
COUNTED_MAX = 2000


class ShortPaginator(Paginator):
    """Counts no further than anybody calls: an exact number over a whole city would take longer than the page."""

    @cached_property
    def count(self) -> int:
        """How many there are, at most COUNTED_MAX."""
        return self.object_list.order_by()[:COUNTED_MAX].count()


class CallsView(DashboardPage):
    """One call list of the programme; posting records a call."""

    roles = frozenset({Role.DISTRICT, Role.BUREAU})
    tab = "calls"

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return self.page(request, self.listed(request, name), name)

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        reach = self.listed(request, name)
        form = CallForm(request.POST)
        if not form.is_valid():
            messages.error(request, "没有记下：联系情况不能超过 200 字。")
        else:
            try:
                record_call(
                    by=actor_of(request),
                    at=request.at,
                    reach=reach,
                    call_list=name,
                    **form.cleaned_data,
                )
            except Refusal as refusal:
                return self.page(request, reach, name, wrong=(form.cleaned_data, refusal.sentence))
            messages.success(request, "已记为已联系。")
        return redirect(request.get_full_path())

    def listed(self, request: HttpRequest, name: str) -> Reach:
        """The reach, for a list that there is."""
        if name not in CallList.values:
            raise Http404
        return self.required_reach(request)

    def page(
        self,
        request: HttpRequest,
        reach: Reach,
        name: str,
        *,
        handler: Handler | None = None,
        code: str = "",
        wrong: tuple[dict[str, Any], str] | None = None,
    ) -> HttpResponse:
        """The list, with a number in clear or with what was wrong about a note."""
        form = CallFilterForm(request.GET, reach=reach)
        found = found_in(reach, name, request.at, called=form.chosen().get("called", ""))
        page = ShortPaginator(found, CALLS_PER_PAGE).get_page(request.GET.get("page"))
        response = render(
            request,
            "dashboards/calls.html",
            self.context(
                request,
                reach,
                call_list=CallList(name),
                lists=CallList,
                batch=open_batch(reach, request.at) if name == CallList.NOT_APPLIED else None,
                filter=form,
                page_obj=page,
                counted_max=COUNTED_MAX,
                calls=calls(reach, name, page.object_list, request.at),
                handler=handler,
                code=code,
                wrong_code=wrong[0]["credit_code"] if wrong else "",
                wrong_note=wrong[0]["note"] if wrong else "",
                wrong=wrong[1] if wrong else "",
            ),
        )
        if handler is not None:
            response["Cache-Control"] = "private, no-store"
        return response


class HandlerView(CallsView):
    """A handler's number, shown once per recorded request, never by GET and never kept (F5)."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        """Whoever comes here by an address, a filter or a page is led to the list."""
        self.listed(request, name)
        return redirect(f"{reverse('dashboards:calls', args=[name])}?{request.GET.urlencode()}")

    def post(self, request: HttpRequest, name: str) -> HttpResponse:
        reach = self.listed(request, name)
        code = request.POST.get("credit_code", "")
        if not code:
            messages.error(request, "请在清单上选择要查看号码的企业。")
            return redirect(_address(name, reach))
        if not proved_lately(request, at=request.at):
            # A proof leads back by GET: to the list, where the number is asked for again.
            return redirect(again_url(_address(name, reach)))
        handler = reveal_handler(
            by=actor_of(request), at=request.at, reach=reach, call_list=name, credit_code=code
        )
        return self.page(request, reach, name, handler=handler, code=code)


def _address(name: str, reach: Reach) -> str:
    return f"{reverse('dashboards:calls', args=[name])}?{reach.query}"
