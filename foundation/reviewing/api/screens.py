"""The review screen by the API: the same queues, sheets, ticks and decisions, for every desk that has one.

A desk is asked as its screen asks it; nothing is decided here that the screen could not decide.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

from django.contrib import admin
from django.db import models
from django.db.models import QuerySet

from foundation.accounts.models import Role, User
from foundation.api.views import Api, Call, lists, reads, require_proof, writes
from foundation.assignments.models import Assignment
from foundation.assignments.operations import hand_over_file, release_file, take_file
from foundation.assignments.policies import is_held
from foundation.assignments.queries import assignment_of, colleagues_of
from foundation.errors import OutOfReach, Refusal, refuse
from foundation.reviewing.api.shapes import (
    ColleagueIn,
    PartQuery,
    RevealedOut,
    RevealIn,
    ReviewOut,
    ReviewQuery,
    ReviewRowOut,
    TakeIn,
    VerdictIn,
)
from foundation.reviewing.forms import VerdictForm
from foundation.reviewing.revealing import RevealingAdmin
from foundation.reviewing.screen import ReviewAdmin
from foundation.reviewing.sheets import Sheet

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
        return Review(
            record, self.sheet(call, record, part), held(assignment_of(record, call.at), call)
        )

    def sheet(self, call: Call, record: Any, part: str = "") -> Sheet:
        """What the screen asks about a record."""
        return self.desk.sheet_of(asked_by(call, part), record)


def held(assignment: Any, call: Call) -> Any:
    """Who has a file in hand, and whether that is the caller; None stays None."""
    if assignment is not None:
        assignment.is_mine = assignment.holder_id == call.user.pk
    return assignment


def views_of(model: type[models.Model], what: str) -> dict[str, type[DeskApi]]:
    """The views of a desk's queue and screen, by the last word of their names. ``what``: its files in Chinese."""
    made = cast(ReviewAdmin, admin.site.get_model_admin(model))
    readers = frozenset(map(Role, made.desk_roles))
    deciders = frozenset(map(Role, made.reviewers))

    def with_holders(records: list[Any], call: Call) -> list[Any]:
        rows = Assignment.objects.select_related("holder__person").filter(
            subject_type=model._meta.label_lower, subject_id__in=[one.pk for one in records]
        )
        in_hand = {one.subject_id: held(one, call) for one in rows if is_held(one.seen_at, call.at)}
        for record in records:
            record.since = getattr(record, made.waiting_since)
            record.holder = in_hand.get(record.pk)
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

        @writes(f"领取{what}", gives=ReviewOut, takes=TakeIn, example={"take_over": False})
        def post(self, call: Call, pk: int) -> Review:
            record, over = self.record(call, pk), call.data["take_over"]
            if not self.sheet(call, record).decisions:
                raise Refusal("本件现在没有等您办理的事项，不需要领取。")
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

        @writes(f"转交{what}", gives=ReviewOut, takes=ColleagueIn, example={"colleague": 12})
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
            _decide(call, self.sheet(call, self.record(call, pk), part))
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
