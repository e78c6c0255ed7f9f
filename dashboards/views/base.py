"""What every dashboard page begins with: who may open it and what it covers."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.views import View

from dashboards.reach import OFFICIALS, Reach, programmes_for, reach_of
from foundation.requests import RoleRequired, actor_of, whole_number


class DashboardPage(RoleRequired, View):
    """Pages for officials; the reach comes from the account, ``programme`` or ``year`` choose within it."""

    roles = OFFICIALS
    tab = ""

    def reach(self, request: HttpRequest) -> Reach | None:
        """The reach asked for; None while there is no programme. 404 beyond the account's own."""
        asked = request.GET
        return reach_of(
            actor_of(request),
            programme_pk=_number(asked.get("programme", "")),
            year=_number(asked.get("year", "")),
        )

    def required_reach(self, request: HttpRequest) -> Reach:
        """As ``reach``; 404 while there is none."""
        reach = self.reach(request)
        if reach is None:
            raise Http404
        return reach

    def context(self, request: HttpRequest, reach: Reach | None, **more: Any) -> dict[str, Any]:
        """What the head of every page shows."""
        programmes = list(programmes_for(request.user))
        role = getattr(request.user, "role", "")
        years = sorted({one.year for one in programmes}, reverse=True)
        return {
            "reach": reach,
            "programmes": programmes,
            "years": years if role == "province" else [],
            "taken_at": reach.taken_at() if reach else None,
            "tab": self.tab,
            "tabs": _tabs(role, reach),
            **more,
        }


def _number(text: str) -> int | None:
    if not text:
        return None
    number = whole_number(text)
    if number is None:
        raise Http404
    return number


def _tabs(role: str, reach: Reach | None) -> list[tuple[str, str, str]]:
    """(key, words, address) of the pages an account has."""
    tabs = [("home", "总览", ""), ("money", "资金", "money/"), ("services", "服务", "services/")]
    if reach is not None and reach.programme is not None and role in {"district", "bureau"}:
        tabs.append(("calls", "联系清单", "calls/lapsing/"))
    if reach is not None and reach.programme is not None and role == "bureau":
        tabs.append(("what-if", "测算", "what-if/"))
    if reach is not None and reach.programme is not None and role in {"bureau", "province"}:
        tabs.append(("evaluation", "绩效评价", "evaluation/"))
    query = f"?{reach.query}" if reach else ""
    return [(key, words, f"/dashboard/{path}{query}") for key, words, path in tabs]
