"""The audit trail at the desk: to look at only."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html

from foundation.accounts.models import Role
from foundation.audit.filters import DaysFilter, KindFilter, WhatFilter
from foundation.audit.models import AuditEntry
from foundation.audit.queries import entries_visible_to
from foundation.audit.words import action_words, role_words, state_words, subject_words
from foundation.desk import DeskAdmin

COUNTED_AT_MOST = 10_000


class BoundedPaginator(Paginator):
    """Counts no further than anybody turns pages: the table only grows."""

    @cached_property
    def count(self) -> int:
        return self.object_list[:COUNTED_AT_MOST].count()  # type: ignore[union-attr, no-any-return]


@admin.register(AuditEntry)
class AuditEntryAdmin(DeskAdmin):
    desk_roles = frozenset({Role.BUREAU})
    list_display = ["at", "actor_label", "in_role", "did", "subject", "change", "reason"]
    list_filter = [KindFilter, WhatFilter, DaysFilter]
    search_fields = ["actor_label", "=subject_id"]
    search_help_text = "按经手人姓名或对象编号查找"
    # Counting a table that only grows would cost more than the page.
    show_full_result_count = False
    paginator = BoundedPaginator
    list_per_page = 50
    fields = [
        "at",
        "actor_label",
        "in_role",
        "address",
        "did",
        "subject",
        "change",
        "reason",
        "values",
    ]
    ordering = ["-id"]

    def visible_to(self, user: Any) -> QuerySet[AuditEntry]:
        """What accounts of one's own city did."""
        return entries_visible_to(user)

    @admin.display(description="角色")
    def in_role(self, entry: AuditEntry) -> str:
        return role_words(entry.role)

    @admin.display(description="操作")
    def did(self, entry: AuditEntry) -> str:
        return action_words(entry.action)

    @admin.display(description="对象")
    def subject(self, entry: AuditEntry) -> str:
        """The object by its kind and number, with a link to its history where the desk has one."""
        text = f"{subject_words(entry.subject_type)} {entry.subject_id}"
        try:
            name = entry.subject_type.replace(".", "_")
            address = reverse(f"admin:{name}_history", args=[entry.subject_id])
        except NoReverseMatch:
            return text
        return format_html('<a href="{}">{}</a>', address, text)

    @admin.display(description="状态变化")
    def change(self, entry: AuditEntry) -> str:
        if not entry.to_state:
            return ""
        before = state_words(entry.subject_type, entry.from_state)
        return f"{before or '—'} → {state_words(entry.subject_type, entry.to_state)}"

    @admin.display(description="详情")
    def values(self, entry: AuditEntry) -> str:
        if not entry.details:
            return ""
        return json.dumps(entry.details, ensure_ascii=False, indent=1)
