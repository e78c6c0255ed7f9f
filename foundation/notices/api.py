"""Public notices, and one's own messages, by the API (N1, N2)."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from foundation.accounts.models import Role
from foundation.api.answers import file_answer
from foundation.api.fields import MEDIA_TYPES, Choice, Out, State
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, PublicApi, downloads, lists, reads, writes
from foundation.documents.models import Document
from foundation.notices.formatting import plain_text_of
from foundation.notices.models import Message, Notice, NoticeKind
from foundation.notices.operations import read_message
from foundation.notices.queries import get_attachment, messages_of, notices_visible
from foundation.notices.words import words_of
from foundation.regions.api import CityOut
from foundation.searching import holding


class NoticeOut(Out):
    """A notice in the list."""

    id = serializers.IntegerField(source="pk")
    city = CityOut()
    kind = State(NoticeKind, help_text="类别")
    title = serializers.CharField(help_text="标题")
    publish_at = serializers.DateTimeField(help_text="发布时间")


class AttachmentOut(Out):
    """A file of a notice."""

    id = serializers.IntegerField(source="pk")
    name = serializers.CharField(help_text="文件名")
    bytes = serializers.IntegerField(source="size", help_text="字节数")
    sha256 = serializers.CharField(help_text="SHA-256 摘要")
    content = serializers.SerializerMethodField(help_text="下载地址")

    def get_content(self, document: Document) -> str:
        notice: Notice = self.context["notice"]
        return reverse("api:notice-attachment", args=[notice.pk, document.pk])


class NoticeDetailOut(NoticeOut):
    """A notice with its words as plain text and its attachments."""

    text = serializers.SerializerMethodField(help_text="正文（纯文本）")
    attachments = serializers.SerializerMethodField(help_text="附件")

    def get_text(self, notice: Notice) -> str:
        return plain_text_of(notice)

    @extend_schema_field(AttachmentOut(many=True))
    def get_attachments(self, notice: Notice) -> Any:
        files = notice.attachments.order_by("pk")
        return AttachmentOut(files, many=True, context={"notice": notice}).data


class NoticeQuery(PageQuery):
    """Filters of notices."""

    city = serializers.SlugField(required=False, help_text="地市拼音")
    kind = Choice(choices=NoticeKind.choices, required=False)
    text = serializers.CharField(required=False, max_length=60, help_text="关键词，空格分隔")


class Notices(PublicApi):
    """What the public can see now."""

    @lists("公告列表", gives=NoticeOut, asks=NoticeQuery)
    def get(self, call: Call) -> QuerySet[Notice]:
        found = notices_visible(call.at).select_related("city")
        if city := call.data.get("city"):
            found = found.filter(city__slug=city)
        if kind := call.data.get("kind"):
            found = found.filter(kind=kind)
        for word in call.data.get("text", "").split():
            found = found.filter(holding(word, "title", "body"))
        return found


class NoticeDetail(PublicApi):
    """One notice; 404 before its time."""

    @reads("公告", gives=NoticeDetailOut)
    def get(self, call: Call, pk: int) -> Notice:
        return get_object_or_404(notices_visible(call.at).select_related("city"), pk=pk)


class NoticeAttachment(PublicApi):
    """A file of a notice that the public can see."""

    @downloads("下载公告附件", media_types=[*MEDIA_TYPES, "application/octet-stream"])
    def get(self, call: Call, pk: int, document_pk: int) -> HttpResponseBase:
        return file_answer(get_attachment(notice_pk=pk, document_pk=document_pk, at=call.at))


# --- One's own messages ----------------------------------------------------------------------


class MessageOut(Out):
    """A message in the words of the inbox."""

    id = serializers.IntegerField(source="pk")
    event = serializers.CharField(help_text="事件代码")
    subject = serializers.SerializerMethodField(help_text="标题")
    text = serializers.SerializerMethodField(help_text="内容")
    todo = serializers.SerializerMethodField(help_text="需要办理的事项")
    created_at = serializers.DateTimeField()
    read_at = serializers.DateTimeField(allow_null=True, help_text="已读时间；未读为 null")

    def get_subject(self, message: Message) -> str:
        return words_of(message).subject

    def get_text(self, message: Message) -> str:
        return words_of(message).text

    def get_todo(self, message: Message) -> str:
        return words_of(message).todo


class MessageQuery(PageQuery):
    """Filters of messages."""

    unread = serializers.BooleanField(required=False, default=False, help_text="只看未读")


class OwnMessages(Api):
    """The account's messages, newest first."""

    roles = frozenset(Role)

    @lists("站内消息", gives=MessageOut, asks=MessageQuery)
    def get(self, call: Call) -> QuerySet[Message, Any]:
        return messages_of(call.user, unread=call.data["unread"])


class ReadMessage(Api):
    """Marks a message as read."""

    roles = frozenset(Role)

    @writes("标记消息已读", gives=MessageOut)
    def post(self, call: Call, pk: int) -> Message:
        return read_message(by=call.by, at=call.at, pk=pk)
