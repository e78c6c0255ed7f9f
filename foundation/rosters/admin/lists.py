"""The rosters at the desk: to read only, they change through roster files (E8)."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from foundation.desk import DeskAdmin
from foundation.rosters import queries
from foundation.rosters.models import (
    Accreditation,
    BlacklistEntry,
    FundedMatter,
    PriorityEntry,
    RelatedParty,
)


@admin.register(Accreditation)
class AccreditationAdmin(DeskAdmin):
    """The accreditation directory (P1)."""

    desk_roles = queries.READERS
    list_display = ("name", "credit_code", "level", "city", "recognised_year", "valid_until")
    list_filter = ("level", "recognised_year")
    list_select_related = ("city",)
    search_fields = ("name", "credit_code")
    ordering = ("name", "pk")
    fields = (
        "name",
        "credit_code",
        "city",
        "level",
        "types",
        "recognised_year",
        "valid_from",
        "valid_until",
    )

    def visible_to(self, user: Any) -> QuerySet[Accreditation]:
        return queries.accreditations_visible_to(user)

    @admin.display(description="服务类型")
    def types(self, accreditation: Accreditation) -> str:
        """The service types in one line."""
        return "、".join(accreditation.service_types)


@admin.register(PriorityEntry)
class PriorityEntryAdmin(DeskAdmin):
    """The priority rosters of the city (E7)."""

    desk_roles = queries.READERS
    list_display = ("credit_code", "name", "year", "category")
    list_filter = ("year", "category")
    search_fields = ("name", "credit_code")
    ordering = ("-year", "pk")

    def visible_to(self, user: Any) -> QuerySet[PriorityEntry]:
        return queries.priority_visible_to(user)


@admin.register(BlacklistEntry)
class BlacklistEntryAdmin(DeskAdmin):
    """The blacklist (E5)."""

    desk_roles = queries.READERS
    list_display = ("credit_code", "name", "listed_on", "lifted_on")
    search_fields = ("name", "credit_code")
    ordering = ("-listed_on", "pk")

    def visible_to(self, user: Any) -> QuerySet[BlacklistEntry]:
        return queries.blacklist_visible_to(user)


@admin.register(RelatedParty)
class RelatedPartyAdmin(DeskAdmin):
    """Known relations (O3)."""

    desk_roles = queries.READERS
    list_display = ("code_a", "code_b", "source")
    search_fields = ("code_a", "code_b")
    ordering = ("pk",)

    def visible_to(self, user: Any) -> QuerySet[RelatedParty]:
        return queries.related_visible_to(user)


@admin.register(FundedMatter)
class FundedMatterAdmin(DeskAdmin):
    """Invoices and contracts funded elsewhere (O9)."""

    desk_roles = queries.READERS
    list_display = ("number_key", "kind", "credit_code", "source")
    list_filter = ("kind",)
    search_fields = ("number_key", "credit_code")
    ordering = ("pk",)

    def visible_to(self, user: Any) -> QuerySet[FundedMatter]:
        return queries.funded_visible_to(user)
