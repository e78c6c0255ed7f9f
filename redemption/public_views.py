"""Public lists, objections without login, and settlement results (R4, R5)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views import View
from django.views.decorators.http import require_safe

from foundation.desk import why_not
from foundation.errors import OutOfReach
from foundation.flooding import is_flood
from foundation.requests import actor_of, attempt
from foundation.searching import holding
from foundation.workdays.queries import exceptions_to_calendar
from redemption import policies
from redemption.forms import ObjectionForm, ReceiptForm
from redemption.models import ClaimLine
from redemption.operations.objecting import file_objection
from redemption.public_forms import CityFilterForm, ResultsFilterForm, WordsFilterForm
from redemption.queries import (
    get_published_line,
    get_published_list,
    objection_by_receipt,
    publicity_end_shown,
    publicity_ends_at,
    published_lines,
    published_lists,
    settled_claims,
)

LISTS_PER_PAGE = 20
OBJECTIONS_AN_HOUR = 20
LINES_PER_PAGE = 100


@require_safe
def lists(request: HttpRequest) -> HttpResponse:
    """Every public list, newest first, by city."""
    form = CityFilterForm(request.GET)
    found = published_lists()
    if form.is_valid() and form.cleaned_data["city"]:
        found = found.filter(programme__city=form.cleaned_data["city"])
    page = Paginator(found, LISTS_PER_PAGE).get_page(request.GET.get("page"))
    exceptions = exceptions_to_calendar()
    rows = [
        {"publicity": publicity, "ends_at": publicity_end_shown(publicity, exceptions)}
        for publicity in page
    ]
    return render(
        request,
        "redemption/publicity_lists.html",
        {"page_obj": page, "rows": rows, "at": request.at, "filter": form},  # type: ignore[attr-defined]
    )


@require_safe
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One public list with its lines, and the way to object while the period runs (R4)."""
    publicity = get_published_list(pk)
    ends_at = publicity_end_shown(publicity, exceptions_to_calendar())
    form = WordsFilterForm(request.GET)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    page = Paginator(published_lines(publicity, text), LINES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "redemption/publicity.html",
        {
            "publicity": publicity,
            "ends_at": ends_at,
            "is_open": ends_at is not None and request.at <= ends_at,  # type: ignore[attr-defined]
            "page_obj": page,
            "filter": form,
        },
    )


class ObjectView(View):
    """File an objection to a published line; no login (R4)."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self._page(request, get_published_line(pk), ObjectionForm())

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        line = get_published_line(pk)
        form = ObjectionForm(request.POST, request.FILES)
        if form.is_valid() and is_flood(
            request, "objection", most=OBJECTIONS_AN_HOUR, within=timedelta(hours=1)
        ):
            # Each one stops a payment until it is answered: nobody stops them all by a machine.
            form.add_error(
                None,
                f"同一网络地址一小时内最多提交 {OBJECTIONS_AN_HOUR} 件复核申请，请一小时后再提交，"
                "或在公示期内向承办单位书面提出。",
            )
        if form.is_valid():
            objection = attempt(
                form,
                file_objection,
                by=actor_of(request),
                at=request.at,  # type: ignore[attr-defined]
                line=line,
                **form.cleaned_data,
            )
            if objection is not None:
                return redirect("publicity:objection", receipt=objection.receipt)
        return self._page(request, line, form)

    def _page(self, request: HttpRequest, line: ClaimLine, form: ObjectionForm) -> HttpResponse:
        closed = why_not(_require_open, line=line, at=request.at)  # type: ignore[attr-defined]
        return render(
            request, "redemption/object.html", {"line": line, "form": form, "closed": closed}
        )


def _require_open(*, line: ClaimLine, at: datetime) -> None:
    """The same questions the operation asks, for the page that offers the form."""
    publicity = line.claim.publicity
    policies.require_in_publicity(
        at=at,
        published_at=publicity.published_at,
        ends_at=publicity_ends_at(publicity),
    )
    policies.require_objectionable(line.state)


@require_safe
def objection(request: HttpRequest, receipt: str) -> HttpResponse:
    """An objection and its answer, for whoever has the receipt number (R4)."""
    response = render(
        request, "redemption/objection.html", {"objection": objection_by_receipt(receipt)}
    )
    # The address itself is the key.
    response["Cache-Control"] = "private, no-store"
    return response


class FollowView(View):
    """Ask for the receipt number and show the objection (R4)."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "redemption/follow.html", {"form": ReceiptForm()})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = ReceiptForm(request.POST)
        if form.is_valid():
            try:
                found = objection_by_receipt(form.cleaned_data["receipt"])
            except OutOfReach:
                form.add_error("receipt", "没有这个回执号，请核对后重新填写。")
            else:
                return redirect("publicity:objection", receipt=found.receipt)
        return render(request, "redemption/follow.html", {"form": form})


@require_safe
def results(request: HttpRequest) -> HttpResponse:
    """Settlement results (R5), by city and the provider's name."""
    form = ResultsFilterForm(request.GET)
    form.is_valid()
    found = settled_claims()
    if city := form.cleaned_data.get("city"):
        found = found.filter(programme__city=city)
    for word in (form.cleaned_data.get("text") or "").split():
        found = found.filter(holding(word, "provider__name"))
    page = Paginator(found, LISTS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "redemption/results.html", {"page_obj": page, "filter": form})
