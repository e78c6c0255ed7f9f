"""The shape of the desk's acts on notices, and of the filters of the public list and the inbox."""

from __future__ import annotations

from django import forms

from foundation.documents.fields import MaterialsField
from foundation.notices.models import NoticeKind
from foundation.regions.models import City

# What other notices say (results, publicity, settlement) is published with what they report.
KINDS_ANNOUNCED = (NoticeKind.GENERAL, NoticeKind.HELP, NoticeKind.BATCH)


class AnnounceForm(forms.Form):
    """A notice with attachments at a set time (N1)."""

    kind = forms.ChoiceField(
        label="类别", choices=[(str(kind), kind.label) for kind in KINDS_ANNOUNCED]
    )
    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(
        label="正文",
        help_text="纯文本，段落之间空一行。",
        widget=forms.Textarea(attrs={"rows": 14, "cols": 80}),
    )
    publish_at = forms.DateTimeField(
        label="发布时间",
        required=False,
        help_text="北京时间；不填则立即发布。",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    files = MaterialsField(label="附件", required=False)


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
