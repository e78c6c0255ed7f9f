"""The shape of the desk's acts on notices, and of the filters of the public list and the inbox."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.utils.safestring import SafeString

from foundation.accounts.actors import Actor
from foundation.documents.fields import AttachmentsField
from foundation.notices.formatting import html_of
from foundation.notices.models import Notice, NoticeKind
from foundation.regions.models import City

# What other notices say (results, publicity, settlement) is published with what they report.
KINDS_ANNOUNCED = (NoticeKind.GENERAL, NoticeKind.HELP, NoticeKind.BATCH)


_WRITING_HELP = (
    "可用简单格式：行首“## ”为小标题，“- ”为列表，“1. ”为编号，**加粗**，[文字](网址) 为链接，"
    "“| 列一 | 列二 |”为表格；段落之间空一行。"
)


class _WrittenForm(forms.Form):
    """Words the bureau writes: title and formatted body."""

    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(
        label="正文",
        max_length=50_000,
        help_text=_WRITING_HELP,
        widget=forms.Textarea(attrs={"rows": 18, "cols": 80, "data-previewed": ""}),
    )
    files = AttachmentsField(label="附件", required=False)

    @property
    def preview(self) -> SafeString:
        """The body as the public would see it, "" when there is none."""
        return html_of(self["body"].value() or "") if self.is_bound else SafeString("")


class AnnounceForm(_WrittenForm):
    """A notice with attachments at a set time (N1)."""

    kind = forms.ChoiceField(
        label="类别", choices=[(str(kind), kind.label) for kind in KINDS_ANNOUNCED]
    )
    publish_at = forms.DateTimeField(
        label="发布时间",
        required=False,
        help_text="北京时间；不填则立即发布。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )

    field_order = ("kind", "title", "body", "publish_at", "files")


class CorrectForm(_WrittenForm):
    """A notice corrected: the words in force, to be changed, and why (N1)."""

    reason = forms.CharField(
        label="更正说明",
        max_length=300,
        help_text="随公告公开，例如：更正申领截止时间。公告发布前的修改不公开。",
        widget=forms.Textarea(attrs={"rows": 2, "cols": 80}),
    )

    field_order = ("title", "body", "reason", "files")

    def bind_to(self, record: Notice, actor: Actor, at: datetime) -> None:
        """Begin with what the notice says now."""
        self.initial = {"title": record.title, "body": record.body}
        self.fields["files"].label = "补充附件"


class WithdrawForm(forms.Form):
    """Why a notice is taken back."""

    reason = forms.CharField(
        label="撤销原因", max_length=300, widget=forms.Textarea(attrs={"rows": 3})
    )


class NoticeFilterForm(forms.Form):
    """Words, city and kind of the public list; anything unknown counts as not chosen."""

    text = forms.CharField(label="关键词", required=False, max_length=60)
    city = forms.ModelChoiceField(
        City.objects.order_by("code"),
        label="地市",
        required=False,
        to_field_name="slug",
        empty_label="全部地市",
    )
    kind = forms.ChoiceField(
        label="类别", required=False, choices=[("", "全部类别"), *NoticeKind.choices]
    )


class InboxFilterForm(forms.Form):
    """Unread ones only, and words to look for; anything unknown counts as not chosen."""

    show = forms.ChoiceField(
        label="显示", required=False, choices=[("", "全部消息"), ("unread", "未读消息")]
    )
    q = forms.CharField(
        label="查找",
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "订单号、产品、单位名称"}),
    )
