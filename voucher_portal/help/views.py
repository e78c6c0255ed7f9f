"""The 帮助中心, for everyone (N1)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from foundation.accounts.models import Role
from foundation.accounts.platform.claims import signs_up_here
from foundation.notices.models import NoticeKind
from foundation.notices.queries import notices_visible
from voucher_portal.cities import choose_programme
from voucher_portal.help.figures import figures_of
from voucher_portal.help.topics import GROUPS, TOPICS
from vouchers.queries import programmes_in_force

GUIDES_SHOWN = 10


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Every task with one line about it, and the guides the city has published."""
    context = _context(request)
    guides = notices_visible(request.at).filter(kind=NoticeKind.HELP)  # type: ignore[attr-defined]
    if context["programme"]:
        guides = guides.filter(city_id=context["programme"].city_id)
    return render(
        request,
        "help/index.html",
        {**context, "guides": guides.select_related("city")[:GUIDES_SHOWN]},
    )


@require_safe
def page(request: HttpRequest, slug: str) -> HttpResponse:
    """How one task is done, with the figures of the chosen city's programme (G2)."""
    topic = TOPICS.get(slug)
    if topic is None:
        raise Http404
    return render(request, topic.template, {**_context(request), "topic": topic})


def _context(request: HttpRequest) -> dict[str, Any]:
    programmes = programmes_in_force(request.at)  # type: ignore[attr-defined]
    choice = choose_programme(request, programmes)
    return {
        "groups": GROUPS,
        "programmes": programmes,
        "programme": choice.programme,
        "figures": figures_of(choice.programme),
        "enterprises_sign_up": signs_up_here(Role.ENTERPRISE),
        "providers_sign_up": signs_up_here(Role.PROVIDER),
        "city_query": f"?city={choice.programme.city.slug}"
        if choice.programme and len(programmes) > 1
        else "",
    }
