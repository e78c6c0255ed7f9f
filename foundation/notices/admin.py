"""Notices at the desk: the bureau publishes them (N1), and sees the mails that could not be sent (N2)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.desk import Act, DeskAdmin, why_not
from foundation.moments import spoken
from foundation.notices import operations, policies
from foundation.notices.formatting import body_of
from foundation.notices.forms import AnnounceForm, CorrectForm, WithdrawForm
from foundation.notices.models import Notice, OutboxEntry
from foundation.notices.queries import notices_of_staff, outbox_of_staff
from foundation.notices.words import words_of
from foundation.requests import actor_of

BUREAU = frozenset({Role.BUREAU})
WRITE = "admin/notices/write.html"


def _why_not_withdraw(notice: Notice, actor: Actor, at: datetime) -> str:
    return why_not(policies.check_still_hidden, publish_at=notice.publish_at, at=at)


def _why_not_correct(notice: Notice, actor: Actor, at: datetime) -> str:
    return why_not(policies.check_written, formatted=notice.formatted)


@admin.register(Notice)
class NoticeAdmin(DeskAdmin):
    desk_roles = BUREAU
    list_display = ["title", "kind", "publish_at", "created_by"]
    list_select_related = ["created_by__person"]
    list_filter = ["kind"]
    search_fields = ["title"]
    date_hierarchy = "publish_at"
    ordering = ["-publish_at"]
    fields = [
        "title",
        "kind",
        "city",
        "publish_at",
        "shown",
        "link",
        "files",
        "created_by",
        "former",
    ]
    list_acts = {
        "announce": Act(
            "发布公告",
            operations.announce,
            AnnounceForm,
            BUREAU,
            done="公告已保存，将在发布时间公开。",
            template=WRITE,
        )
    }
    record_acts = {
        "correct": Act(
            "更正",
            operations.correct_notice,
            CorrectForm,
            BUREAU,
            subject="notice",
            why_not=_why_not_correct,
            done="公告已更正，原文已保留。",
            template=WRITE,
        ),
        "withdraw": Act(
            "撤销（发布前）",
            operations.withdraw_notice,
            WithdrawForm,
            BUREAU,
            subject="notice",
            why_not=_why_not_withdraw,
            done="公告已撤销，未曾公开。",
        ),
    }

    def visible_to(self, user: Any) -> QuerySet[Notice]:
        """The notices of one's own city, those still to be published included."""
        return notices_of_staff(user)

    def _act(self, request: HttpRequest, act: Act | None, record: Any) -> HttpResponse:
        """With the button 预览 nothing is written: the form comes back with the body as the public would see it."""
        if act is None or act.template != WRITE or "preview" not in request.POST:
            return super()._act(request, act, record)
        if getattr(request.user, "role", "") not in act.roles:
            raise Http404
        form = act.form(request.POST)
        if hasattr(form, "bind_to"):
            form.bind_to(record, actor_of(request), request.at)  # type: ignore[attr-defined]
        # Only looked at: what is not filled in yet is no mistake.
        form.errors.clear()
        return TemplateResponse(
            request,
            WRITE,
            {
                **self.admin_site.each_context(request),
                "title": act.label,
                "opts": self.opts,
                "form": form,
                "record": record,
                "preview": form.preview,  # type: ignore[attr-defined]
                "previewed": True,
            },
        )

    @admin.display(description="正文")
    def shown(self, notice: Notice) -> SafeString:
        """As the public sees it."""
        return format_html('<div class="prose">{}</div>', body_of(notice))

    @admin.display(description="更正记录")
    def former(self, notice: Notice) -> SafeString | str:
        """Each correction with the words before it."""
        lines = format_html_join(
            "",
            "<li>{} {}：{}<details><summary>更正前的内容</summary><p>{}</p>{}</details></li>",
            (
                (spoken(c.corrected_at), c.corrected_by, c.reason, c.title, body_of(notice, c.body))
                for c in notice.corrections.select_related("corrected_by__person")
            ),
        )
        return format_html("<ul>{}</ul>", lines) if lines else "—"

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


def _why_not_send_again(entry: OutboxEntry, actor: Actor, at: datetime) -> str:
    return why_not(policies.check_failed, attempts=entry.attempts, last_error=entry.last_error)


@admin.register(OutboxEntry)
class OutboxAdmin(DeskAdmin):
    """What waits to be mailed or could not be; neither address nor text is shown (F5)."""

    desk_roles = BUREAU
    list_display = ["subject", "recipient", "status", "attempts", "next_attempt_at", "last_error"]
    list_filter = ["given_up_at"]
    ordering = ["next_attempt_at", "pk"]
    fields = [
        "subject",
        "recipient",
        "status",
        "created_at",
        "attempts",
        "next_attempt_at",
        "last_error",
        "given_up_at",
    ]
    record_acts = {
        "again": Act(
            "重新发送",
            operations.send_again,
            roles=BUREAU,
            subject="entry",
            why_not=_why_not_send_again,
            done="已安排重新发送，几分钟内发出。",
        )
    }

    def visible_to(self, user: Any) -> QuerySet[OutboxEntry]:
        """The mails to the own city's staff and parties."""
        return outbox_of_staff(user)

    @admin.display(description="消息")
    def subject(self, entry: OutboxEntry) -> str:
        """What the mail is about."""
        return words_of(entry.message, mailed=True).subject

    @admin.display(description="收件人")
    def recipient(self, entry: OutboxEntry) -> str:
        """The account, without its address."""
        return entry.message.recipient.shown_name

    @admin.display(description="状态")
    def status(self, entry: OutboxEntry) -> str:
        """Waiting, being tried again, or given up."""
        if entry.given_up_at:
            return "已停止发送"
        return "发送失败，将自动重试" if entry.last_error else "等待发送"

    @admin.display(description="消息时间")
    def created_at(self, entry: OutboxEntry) -> datetime:
        """When the message was written."""
        return entry.message.created_at
