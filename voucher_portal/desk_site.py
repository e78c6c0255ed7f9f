"""The staff desk: Django's admin site with a home that says what waits, on whom, and since when."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse

from foundation.assignments.queries import held_by
from foundation.queues import queues_of


class DeskSite(admin.AdminSite):
    site_header = "服务券工作台"
    site_title = "服务券工作台"
    index_title = "工作台"
    site_url = "/"
    enable_nav_sidebar = False

    def index(self, request: HttpRequest, extra_context: Any = None) -> TemplateResponse:
        """The home by role: one's own queues, what is late, and what waits on others."""
        user: Any = request.user
        found = queues_of(user, request.at)  # type: ignore[attr-defined]
        mine = [one for one in found if not one.on]
        context = {
            "mine": mine,
            "late": [one for one in mine if one.late],
            "others": [one for one in found if one.on],
            "held": held_by(user, request.at),  # type: ignore[attr-defined]
        }
        return super().index(request, {**(extra_context or {}), **context})
