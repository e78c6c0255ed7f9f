"""The minimal view: session user, CSRF, one INSERT by the ORM, a redirect."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from bench.models import Mark


def mark(request: HttpRequest) -> HttpResponse:
    """What every submission costs at the least, under the portal's own middleware."""
    if not request.user.is_authenticated:
        return HttpResponse(status=403)
    made = Mark.objects.create(
        account_id=request.user.pk, amount=int(request.POST["amount"]), at=request.at
    )
    return HttpResponseRedirect(f"/bench/marks/{made.pk}/")
