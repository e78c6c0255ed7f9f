"""Batches and published results, for everyone."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, render

from vouchers.models import Allocation, Batch, ResultList
from vouchers.queries import announced_batches, demand_of, get_batch, results_due_at
from vouchers.results import result_lines
from vouchers.states import BatchState


def batch_list(request: HttpRequest) -> HttpResponse:
    """Every announced batch, the newest first."""
    page = Paginator(announced_batches().order_by("-opens_at"), 20).get_page(
        request.GET.get("page")
    )
    rows = [{"batch": batch, "standing": _standing(batch, request)} for batch in page]
    return render(request, "vouchers/batch_list.html", {"page_obj": page, "rows": rows})


def _standing(batch: Batch, request: HttpRequest) -> tuple[str, str]:
    """(words, tone) for where a batch stands now; nothing of a ranking shows before it is published (B7)."""
    at = request.at  # type: ignore[attr-defined]
    if batch.state == BatchState.PUBLISHED:
        return "结果已公布", "neutral"
    if at < batch.opens_at:
        return "即将开始", "brand"
    if batch.is_open(at):
        return "正在申领", "good"
    return "已截止，待公布", "warn"


def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch: figures, times, how much is applied for, and its result lists."""
    batch = get_batch(pk)
    published = batch.state == BatchState.PUBLISHED
    demand = demand_of(batch)
    return render(
        request,
        "vouchers/batch_detail.html",
        {
            "batch": batch,
            "standing": _standing(batch, request),
            "open": batch.is_open(request.at),  # type: ignore[attr-defined]
            "demand": demand.priority + demand.other,
            "results_at": batch.published_at if published else results_due_at(batch),
            "lists": batch.result_lists.order_by("round") if published else [],
        },
    )


def _result_list(pk: int, round_number: int) -> ResultList:
    """A result list; there is none before publication (B7)."""
    return get_object_or_404(
        ResultList.objects.select_related("batch__programme__city"), batch_id=pk, round=round_number
    )


def results(request: HttpRequest, pk: int, round_number: int = 0) -> HttpResponse:
    """The public list of one round, paged (B7)."""
    found = _result_list(pk, round_number)
    allocations = (
        Allocation.objects.filter(application__batch_id=pk, round=round_number)
        .select_related("application__enterprise")
        .order_by("rank")
    )
    page = Paginator(allocations, 100).get_page(request.GET.get("page"))
    return render(
        request, "vouchers/results.html", {"results": found, "batch": found.batch, "page_obj": page}
    )


def results_download(request: HttpRequest, pk: int, round_number: int = 0) -> StreamingHttpResponse:
    """The canonical download, byte for byte what the digest was made of (B8)."""
    found = _result_list(pk, round_number)
    response = StreamingHttpResponse(
        (line.encode() for line in result_lines(found.batch, round_number, found.amount)),
        content_type="text/csv; charset=utf-8",
    )
    response["Content-Disposition"] = f'attachment; filename="results-{pk}-{round_number}.csv"'
    return response
