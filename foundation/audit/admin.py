"""The audit trail at the desk: to look at only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.audit.queries import entries_visible_to
from foundation.desk import DeskAdmin


@admin.register(AuditEntry)
class AuditEntryAdmin(DeskAdmin):
    desk_roles = frozenset({Role.BUREAU})
    list_display = [
        "at",
        "actor_label",
        "role",
        "action",
        "subject_type",
        "subject_id",
        "from_state",
        "to_state",
    ]
    list_filter = ["at"]
    search_fields = ["actor_label", "=role", "=action", "=subject_type", "=subject_id"]
    # Counting a table that only grows would cost more than the page.
    show_full_result_count = False
    fields = [
        "at",
        "actor_label",
        "role",
        "address",
        "action",
        "subject_type",
        "subject_id",
        "from_state",
        "to_state",
        "reason",
        "details",
    ]
    ordering = ["-id"]

    def visible_to(self, user: Any) -> QuerySet[AuditEntry]:
        """What accounts of one's own city did."""
        return entries_visible_to(user)
