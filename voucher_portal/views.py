"""The portal's front page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from foundation.notices.queries import notices_visible
from vouchers.queries import announced_batches


def home(request: HttpRequest) -> HttpResponse:
    """What the scheme is, the batches that are open or coming, and the latest notices."""
    at = request.at  # type: ignore[attr-defined]
    batches = announced_batches().filter(closes_at__gte=at).order_by("opens_at")[:6]
    rows = [{"batch": batch, "open": batch.is_open(at)} for batch in batches]
    return render(
        request,
        "home.html",
        {"batches": rows, "notices": notices_visible(at).select_related("city")[:8]},
    )
