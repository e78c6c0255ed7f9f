"""Batches and published results, for everyone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from foundation.accounts.models import Role
from foundation.rows import rows_of
from vouchers.announced import show_batch, standing_of
from vouchers.models import Allocation, Batch, ResultList
from vouchers.public_forms import BatchFilterForm, ResultFilterForm
from vouchers.queries import announced_batches, get_batch, live_application
from vouchers.results import decided_in, result_lines
from vouchers.states import BatchState

BATCHES_PER_PAGE = 20
RESULTS_PER_PAGE = 100
RESULTS_PER_PRINT = 2000
VERIFIER = Path(settings.BASE_DIR) / "script" / "verify_results"


@require_safe
def batch_list(request: HttpRequest) -> HttpResponse:
    """Every announced batch, the newest first, by city, year and standing."""
    at = request.at  # type: ignore[attr-defined]
    form = BatchFilterForm(request.GET)
    form.is_valid()
    found = _filtered(announced_batches(), form.cleaned_data, at)
    page = Paginator(found.order_by("-opens_at", "-pk"), BATCHES_PER_PAGE).get_page(
        request.GET.get("page")
    )
    rows = [{"batch": batch, "standing": standing_of(batch, at)} for batch in page]
    return render(
        request, "vouchers/batch_list.html", {"page_obj": page, "rows": rows, "filter": form}
    )


def _filtered(found: QuerySet[Batch], chosen: dict[str, Any], at: datetime) -> QuerySet[Batch]:
    if city := chosen.get("city"):
        found = found.filter(programme__city__slug=city)
    if year := chosen.get("year"):
        found = found.filter(programme__year=int(year))
    phase = chosen.get("phase")
    if phase == "published":
        return found.filter(state=BatchState.PUBLISHED)
    if phase:
        found = found.exclude(state=BatchState.PUBLISHED)
    if phase == "before":
        return found.filter(opens_at__gt=at)
    if phase == "open":
        return found.filter(opens_at__lte=at, closes_at__gte=at)
    return found.filter(closes_at__lt=at) if phase == "closed" else found


@require_safe
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: figures, times, how much is applied for, and its result lists."""
    at = request.at  # type: ignore[attr-defined]
    batch = get_batch(pk)
    shown = show_batch(batch, at)
    return render(
        request,
        "vouchers/batch_detail.html",
        {
            "batch": batch,
            "shown": shown,
            "lists": batch.result_lists.order_by("round") if shown.is_published else [],
            "applied": live_application(request.user, batch),
            "may_apply": not request.user.is_authenticated
            or getattr(request.user, "role", "") == Role.ENTERPRISE,
        },
    )


def _result_list(pk: int, round_number: int) -> ResultList:
    """A result list; there is none before publication (B7)."""
    return get_object_or_404(
        ResultList.objects.select_related("batch__programme__city"), batch_id=pk, round=round_number
    )


@require_safe
def results(request: HttpRequest, pk: int, round_number: int = 0) -> HttpResponse:
    """The public list of one round, paged and filtered by what it shows (B7)."""
    found = _result_list(pk, round_number)
    form = ResultFilterForm(request.GET)
    form.is_valid()
    allocations = decided_in(found)
    for field in ("tier", "outcome"):
        if value := form.cleaned_data.get(field):
            allocations = allocations.filter(**{field: value})
    if ending := form.cleaned_data.get("code"):
        allocations = allocations.filter(
            application__enterprise__credit_code__endswith=ending.upper()
        )
    printing = request.GET.get("show") == "print"
    size = RESULTS_PER_PRINT if printing else RESULTS_PER_PAGE
    page = Paginator(allocations.order_by("rank"), size).get_page(request.GET.get("page"))
    rows = rows_of(page.object_list, Allocation.objects.select_related("application__enterprise"))
    return render(
        request,
        "vouchers/results.html",
        {
            "results": found,
            "batch": found.batch,
            "page_obj": page,
            "rows": rows,
            "filter": form,
            "printing": printing,
            "earlier": found.batch.result_lists.filter(round__lt=round_number).order_by("round"),
        },
    )


@require_safe
def recompute(request: HttpRequest) -> HttpResponse:
    """How anyone recomputes a published list, in a citizen's words (B8)."""
    return render(request, "vouchers/recompute.html", {"size": VERIFIER.stat().st_size})


@require_safe
def verifier(request: HttpRequest) -> FileResponse:
    """The script that recomputes a list, as the project ships it (B8)."""
    return FileResponse(
        VERIFIER.open("rb"),
        as_attachment=True,
        filename="verify_results.py",
        content_type="text/x-python; charset=utf-8",
    )


@require_safe
def results_download(request: HttpRequest, pk: int, round_number: int = 0) -> StreamingHttpResponse:
    """The canonical download, byte for byte what the digest was made of (B8)."""
    return download_of(_result_list(pk, round_number))


def download_of(found: ResultList) -> StreamingHttpResponse:
    """The answer with a list's canonical download."""
    response = StreamingHttpResponse(
        (line.encode() for line in result_lines(found)),
        content_type="text/csv; charset=utf-8",
    )
    name = f"results-{found.batch_id}-{found.round}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
