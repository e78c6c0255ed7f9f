"""Cities and districts at the desk: to look at only; they are loaded by manage.py load_regions (G1)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from foundation.accounts.models import Role
from foundation.desk import DeskAdmin
from foundation.regions.models import City, District


@admin.register(City)
class CityAdmin(DeskAdmin):
    desk_roles = frozenset({Role.BUREAU})
    list_display = ["code", "name", "slug"]
    fields = ["code", "name", "slug"]
    ordering = ["code"]

    def visible_to(self, user: Any) -> QuerySet[City]:
        """Names and codes of regions are public."""
        return City.objects.all()


@admin.register(District)
class DistrictAdmin(DeskAdmin):
    desk_roles = frozenset({Role.BUREAU})
    list_display = ["code", "name", "city"]
    list_select_related = ["city"]
    list_filter = ["city"]
    fields = ["code", "name", "city"]
    ordering = ["code"]

    def visible_to(self, user: Any) -> QuerySet[District]:
        """Names and codes of regions are public."""
        return District.objects.all()
