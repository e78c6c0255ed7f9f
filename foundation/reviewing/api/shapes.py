"""The shapes of the review screen by the API."""

from __future__ import annotations

from django.db import models
from rest_framework import serializers

from foundation.api.fields import Choice, FileOut, In, Out, Pk, Text, Yes
from foundation.api.paging import PageQuery
from foundation.reviewing.forms import FAULT, OK, REASON_MAX
from foundation.reviewing.revealing import REASON_MAX as REVEAL_REASON_MAX


class FactOut(Out):
    """A line to compare with the papers."""

    label = serializers.CharField(help_text="名称")
    value = serializers.CharField(help_text="内容（个人信息已遮盖）")
    former = serializers.CharField(help_text="上一次的内容；没有变化为空")


class CheckOut(Out):
    """An automatic check; it asks for a closer look and decides nothing."""

    outcome = serializers.CharField(help_text="pass、warn 或 fail")
    label = serializers.CharField(help_text="检查项")
    evidence = serializers.CharField(help_text="依据")
    item = serializers.CharField(help_text="所属核对项；整件为空")


class ItemOut(Out):
    """One thing to look at."""

    key = serializers.CharField(help_text="核对项代码")
    label = serializers.CharField(help_text="核对项")
    facts = FactOut(many=True)
    reasons = serializers.ListField(child=serializers.CharField(), help_text="常见问题")
    file = serializers.IntegerField(help_text="证明文件编号；没有为 0")
    ticked = serializers.BooleanField(help_text="是否须逐项核对")


class SheetFileOut(Out):
    """A document under the name of what it is."""

    label = serializers.CharField(help_text="材料名称")
    document = FileOut()


class DecisionOut(Out):
    """What can be decided now."""

    key = serializers.CharField(help_text="决定代码")
    label = serializers.CharField(help_text="决定")
    needs = serializers.CharField(
        help_text="须填写：ticks 逐项核对相符，faults 至少一项有问题及原因，reason 原因，空为无"
    )
    reasons = serializers.ListField(child=serializers.CharField(), help_text="常见原因")
    why_not = serializers.CharField(help_text="现在不能作此决定的原因；可以为空")
    sensitive = serializers.BooleanField(help_text="是否须近期验证身份，令牌不能办理")


class PartOut(Out):
    """A part of a file that is reviewed part by part."""

    key = serializers.CharField(help_text="部分代码")
    label = serializers.CharField()
    state = serializers.CharField(help_text="状态")
    note = serializers.CharField(help_text="原因")


class HolderOut(Out):
    """Who has the file in hand."""

    name = serializers.CharField(source="holder.shown_name", help_text="办理人")
    taken_at = serializers.DateTimeField(help_text="领取时间")
    is_mine = serializers.BooleanField(help_text="是否为本账号")


class ReviewOut(Out):
    """A file, or a part of it, as it is reviewed."""

    id = serializers.IntegerField(source="record.pk")
    label = serializers.CharField(source="name", help_text="名称")
    state = serializers.CharField(source="record.get_state_display", help_text="状态")
    holder = HolderOut(allow_null=True, help_text="办理人；未领取为 null")
    seen = serializers.CharField(source="sheet.seen", help_text="版本标记，作决定时原样送回")
    part = serializers.CharField(source="sheet.part", help_text="当前部分；不分部分为空")
    lead = serializers.CharField(source="sheet.lead", help_text="概要")
    facts = FactOut(many=True, source="sheet.facts")
    items = ItemOut(many=True, source="sheet.items")
    checks = CheckOut(many=True, source="sheet.checks")
    files = SheetFileOut(many=True, source="sheet.files")
    decisions = DecisionOut(many=True, source="sheet.decisions")
    parts = PartOut(many=True, source="sheet.parts")
    notes = serializers.ListField(child=serializers.CharField(), source="sheet.notes")


class ReviewRowOut(Out):
    """A file in a queue."""

    id = serializers.IntegerField(source="pk")
    label = serializers.SerializerMethodField(help_text="名称")
    state = serializers.CharField(source="get_state_display", help_text="状态")
    since = serializers.DateTimeField(allow_null=True, help_text="提交时间")
    holder = HolderOut(allow_null=True, help_text="办理人；未领取为 null")

    def get_label(self, record: models.Model) -> str:
        return str(record)


class ReviewQuery(PageQuery):
    """Filters of a queue."""

    waiting = serializers.BooleanField(required=False, default=False, help_text="只看待办理的")


class PartQuery(In):
    """Which part is looked at."""

    part = serializers.CharField(required=False, max_length=20, help_text="部分代码")


class TakeIn(In):
    """Whether the file is taken out of other hands."""

    take_over = Yes(required=False, default=False, help_text="由他人办理的，确需接手填 true")


class ColleagueIn(In):
    """To whom a file is handed over."""

    colleague = Pk(help_text="同事的账号编号")


class VerdictIn(In):
    """What was found, item by item, and what is decided."""

    decision = Text(40, help_text="决定代码，见 decisions")
    seen = Text(200, allow_blank=True, help_text="读取时的 seen；其间有变动的被拒绝")
    part = Text(20, required=False, allow_blank=True, default="", help_text="部分代码")
    ticks = serializers.DictField(
        child=Choice(choices=[(OK, "相符"), (FAULT, "有问题")]),
        required=False,
        default=dict,
        help_text="核对项 → ok 或 fault",
    )
    notes = serializers.DictField(
        child=Text(REASON_MAX), required=False, default=dict, help_text="有问题的核对项 → 原因"
    )
    rest_ok = Yes(required=False, default=False, help_text="其余各项均已核对，相符")
    reason = Text(REASON_MAX, required=False, allow_blank=True, default="", help_text="原因")


class RevealIn(In):
    """Why personal data is to be seen in clear."""

    reason = Text(REVEAL_REASON_MAX, help_text="查看原因，将被记录")


class RevealedLineOut(Out):
    """One item in clear."""

    label = serializers.CharField()
    value = serializers.CharField()


class RevealedOut(Out):
    """Personal data in clear, this once (F5)."""

    lines = RevealedLineOut(many=True)
