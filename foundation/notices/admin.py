"""Notices at the desk: the bureau publishes them (N1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin, why_not
from foundation.notices import operations, policies
from foundation.notices.forms import AnnounceForm, WithdrawForm
from foundation.notices.models import Notice
from foundation.notices.queries import notices_of_staff

BUREAU = frozenset({Role.BUREAU})


def _why_not_withdraw(notice: Notice, actor: Actor, at: datetime) -> str:
    return why_not(policies.check_still_hidden, publish_at=notice.publish_at, at=at)


@admin.register(Notice)
class NoticeAdmin(DeskAdmin):
    desk_roles = BUREAU
    list_display = ["title", "kind", "publish_at", "created_by"]
    list_select_related = ["created_by__person"]
    list_filter = ["kind"]
    search_fields = ["title"]
    date_hierarchy = "publish_at"
    ordering = ["-publish_at"]
    fields = ["title", "kind", "city", "publish_at", "body", "link", "files", "created_by"]
    list_acts = {
        "announce": Act(
            "发布公告",
            operations.announce,
            AnnounceForm,
            BUREAU,
            done="公告已保存，将在发布时间公开。",
        )
    }
    record_acts = {
        "withdraw": Act(
            "撤销（发布前）",
            operations.withdraw_notice,
            WithdrawForm,
            BUREAU,
            subject="notice",
            why_not=_why_not_withdraw,
            done="公告已撤销，未曾公开。",
        )
    }

    def visible_to(self, user: Any) -> QuerySet[Notice]:
        """The notices of one's own city, those still to be published included."""
        return notices_of_staff(user)

    @admin.display(description="附件")
    def files(self, notice: Notice) -> SafeString:
        """Links to the attachments."""
        return format_html_join(
            " ",
            '<a href="{}">{}</a>',
            (
                (reverse("documents:document", args=[document.pk]), document.name)
                for document in notice.attachments.order_by("pk")
            ),
        )
