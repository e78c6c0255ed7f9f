"""What the public can see of the audit trail: that it is sealed, and by which digests."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.audit.models import Seal
from foundation.audit.words import subject_words

SHOWN = 30


@require_safe
def seals(request: HttpRequest) -> HttpResponse:
    """The latest seals. Whoever keeps a number with its digest can later ask that the portal still has them."""
    latest = list(Seal.objects.order_by("-number")[:SHOWN])
    rows = [{"seal": seal, "table": subject_words(seal.table)} for seal in latest]
    return render(request, "audit/seals.html", {"rows": rows})
