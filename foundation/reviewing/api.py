"""The review screen by the API: the same queues, sheets, ticks and decisions, for every desk that has one.

A desk is asked as its screen asks it; nothing is decided here that the screen could not decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet
from rest_framework import serializers

from foundation.accounts.models import Role, User
from foundation.api.fields import Choice, FileOut, In, Out, Pk, Text, Yes
from foundation.api.paging import PageQuery
from foundation.api.views import Api, Call, lists, reads, require_proof, writes
from foundation.assignments.models import Assignment
from foundation.assignments.operations import hand_over_file, release_file, take_file
from foundation.assignments.policies import is_held
from foundation.assignments.queries import assignment_of, colleagues_of
from foundation.errors import OutOfReach, Refusal, refuse
from foundation.reviewing.forms import FAULT, OK, REASON_MAX, VerdictForm
from foundation.reviewing.revealing import REASON_MAX as REVEAL_REASON_MAX
from foundation.reviewing.revealing import RevealingAdmin
from foundation.reviewing.screen import ReviewAdmin
from foundation.reviewing.sheets import Sheet

ITEMS_MAX = 40
# Fields of the screen's form → paths of the body.
_PATHS = {"tick": "ticks", "note": "notes", "why": "notes"}


@dataclass(frozen=True)
class Asked:
    """What a desk asks of a request."""

    user: User
    at: Any
    META: dict[str, str]
    GET: dict[str, str] = field(default_factory=dict)
    POST: dict[str, str] = field(default_factory=dict)


def asked_by(call: Call, part: str = "") -> Any:
    """The caller as a desk knows them. ``part``: which part of a file that is reviewed part by part."""
    return Asked(call.user, call.at, {"REMOTE_ADDR": call.by.address}, {"part": part})


# --- Shapes ----------------------------------------------------------------------------------


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


# --- Views -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Review:
    """A record with its sheet."""

    record: Any
    sheet: Sheet
    holder: Any

    @property
    def name(self) -> str:
        """How the record is called."""
        return str(self.record)


class DeskApi(Api):
    """An address about one desk; made for each by ``views_of``."""

    desk: ReviewAdmin

    def record(self, call: Call, pk: int) -> Any:
        """A record in the account's reach; OutOfReach beyond."""
        found = self.desk.visible_to(call.user).filter(pk=pk).first()
        if found is None:
            raise OutOfReach(f"{self.desk.opts.label} {pk}")
        return found

    def shown(self, call: Call, pk: int, part: str = "") -> Review:
        """The record as its screen shows it."""
        record = self.record(call, pk)
        sheet = self.desk.sheet_of(asked_by(call, part), record)
        holder: Any = assignment_of(record, call.at)
        if holder is not None:
            holder.is_mine = holder.holder_id == call.user.pk
        return Review(record, sheet, holder)


def views_of(model: type[models.Model], what: str) -> dict[str, type[DeskApi]]:
    """The views of a desk's queue and screen, by the last word of their names. ``what``: its files in Chinese."""
    made = cast(ReviewAdmin, admin.site.get_model_admin(model))
    readers = frozenset(map(Role, made.desk_roles))
    deciders = frozenset(map(Role, made.reviewers))

    def with_holders(records: list[Any], call: Call) -> list[Any]:
        rows = Assignment.objects.select_related("holder__person").filter(
            subject_type=model._meta.label_lower, subject_id__in=[one.pk for one in records]
        )
        held: dict[int, Any] = {
            one.subject_id: one for one in rows if is_held(one.seen_at, call.at)
        }
        for record in records:
            record.since = getattr(record, made.waiting_since)
            record.holder = held.get(record.pk)
            if record.holder is not None:
                record.holder.is_mine = record.holder.holder_id == call.user.pk
        return records

    class Queue(DeskApi):
        desk, roles = made, readers

        @lists(f"{what}列表", gives=ReviewRowOut, asks=ReviewQuery, by="pk", rows=with_holders)
        def get(self, call: Call) -> QuerySet[Any]:
            if call.data["waiting"]:
                return self.desk.waiting_for(call.user)
            return self.desk.visible_to(call.user)

    class Screen(DeskApi):
        desk, roles = made, readers

        @reads(f"{what}审核资料", gives=ReviewOut, asks=PartQuery)
        def get(self, call: Call, pk: int) -> Review:
            return self.shown(call, pk, call.data.get("part", ""))

    class Take(DeskApi):
        desk, roles = made, deciders

        @writes(f"领取{what}", gives=ReviewOut, takes=TakeIn)
        def post(self, call: Call, pk: int) -> Review:
            if not self.shown(call, pk).sheet.decisions:
                raise Refusal("本件现在没有等您办理的事项，不需要领取。")
            record, over = self.record(call, pk), call.data["take_over"]
            take_file(by=call.by, at=call.at, subject=record, deliberately=over)
            return self.shown(call, pk)

    class Release(DeskApi):
        desk, roles = made, deciders

        @writes(f"放回{what}", gives=ReviewOut)
        def post(self, call: Call, pk: int) -> Review:
            release_file(by=call.by, at=call.at, subject=self.record(call, pk))
            return self.shown(call, pk)

    class HandOver(DeskApi):
        desk, roles = made, deciders

        @writes(f"转交{what}", gives=ReviewOut, takes=ColleagueIn)
        def post(self, call: Call, pk: int) -> Review:
            record = self.record(call, pk)
            colleague = colleagues_of(call.user).filter(pk=call.data["colleague"]).first()
            if colleague is None:
                raise Refusal("没有这位同事，请核对账号编号。", field="colleague")
            hand_over_file(
                by=call.by,
                at=call.at,
                subject=record,
                colleague=colleague,
                link=self.desk.review_url(record),
            )
            return self.shown(call, pk)

    class Decide(DeskApi):
        desk, roles = made, deciders

        @writes(
            f"办理{what}",
            gives=ReviewOut,
            takes=VerdictIn,
            example={"decision": "pass", "seen": "1", "rest_ok": True},
            description="与工作台审核页相同：逐项核对后作出决定；回避、四眼和城市范围照样适用（R3）。",
        )
        def post(self, call: Call, pk: int) -> Review:
            part = call.data["part"]
            review = self.shown(call, pk, part)
            _decide(call, review.sheet)
            return self.shown(call, pk, part)

    found: dict[str, type[DeskApi]] = {
        "list": Queue,
        "screen": Screen,
        "take": Take,
        "release": Release,
        "hand-over": HandOver,
        "decide": Decide,
    }
    if isinstance(made, RevealingAdmin):
        found["reveal"] = _reveal_view(made, what)
    return found


def _decide(call: Call, sheet: Sheet) -> None:
    """Run the one operation of a decision, when the screen's own form finds nothing against it."""
    said = call.data
    typed = {"decision": said["decision"], "seen": said["seen"], "note": said["reason"]}
    typed |= {"rest_ok": "on"} if said["rest_ok"] else {}
    typed |= {f"tick-{item}": tick for item, tick in said["ticks"].items()}
    typed |= {f"note-{item}": note for item, note in said["notes"].items()}
    form = VerdictForm(typed, sheet=sheet)
    strange = {*said["ticks"], *said["notes"]} - {item.key for item in form.ticked}
    faults = [Refusal("没有这个核对项。", field=f"ticks.{one}") for one in sorted(strange)]
    if form.decision is None:
        faults.append(Refusal("现在没有这个决定，请重新读取后再办理。", field="decision"))
    elif not form.is_valid():
        faults += [
            Refusal(sentence, field=_path(name))
            for name, sentences in form.errors.items()
            for sentence in sentences
        ]
    refuse(faults)
    decision = form.decision
    assert decision is not None, "refused above"
    if decision.sensitive:
        require_proof(call)
    decision.operation(by=call.by, at=call.at, **decision.arguments, **form.arguments)


def _path(name: str) -> str:
    kind, _, item = name.partition("-")
    if item and kind in _PATHS:
        return f"{_PATHS[kind]}.{item}"
    return {"note": "reason", "why": "reason", "__all__": ""}.get(name, name)


def _reveal_view(made: RevealingAdmin, what: str) -> type[DeskApi]:
    class Reveal(DeskApi):
        desk, roles = made, frozenset(map(Role, made.desk_roles))

        @writes(
            f"查看{what}的完整个人信息",
            gives=RevealedOut,
            takes=RevealIn,
            sensitive=True,
            repeats=False,
            example={"reason": "核对法定代表人身份"},
            description="查看人、时间和原因均有记录；同一幂等键不重复答复（F5）。",
        )
        def post(self, call: Call, pk: int) -> dict[str, Any]:
            record = self.record(call, pk)
            if not made.may_reveal(asked_by(call), record):
                raise OutOfReach("beyond the account's reach")
            reveal = type(made).reveal
            told = reveal(
                by=call.by, at=call.at, **{made.reveal_subject: record}, reason=call.data["reason"]
            )
            labels = made.revealed_labels.items()
            return {
                "lines": [{"label": label, "value": getattr(told, key)} for key, label in labels]
            }

    return Reveal
