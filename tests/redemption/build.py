"""A claim at every step, made through the operations, with the moment passed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.actors import Actor
from foundation.accounts.models import Person, Role, User
from foundation.errors import OutOfReach, Refusal
from foundation.moments import end_of_day, moment
from orders.models import Order
from redemption.models import Claim, ClaimLine, ExpertOpinion, Objection, PublicityList, Settlement
from redemption.operations.advising import assign_expert, give_opinion
from redemption.operations.approving import approve_claim, send_back_to_review
from redemption.operations.objecting import answer_objection, file_objection
from redemption.operations.preparing import attach_scan, give_up_claim, prepare_claim, submit_claim
from redemption.operations.publishing import publish_claims
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    request_more,
    supply_more,
)
from redemption.operations.settling import record_settlement
from tests import build, scans
from tests.orders import build as orders

PREPARED = moment(date(2020, 9, 7), 10)
SUBMITTED = moment(date(2020, 9, 8), 10)
REVIEWED = moment(date(2020, 9, 10), 10)
APPROVED = moment(date(2020, 9, 14), 10)
# A Tuesday; the five working days after it are 23, 24, 25, Sunday 27 (a make-up workday) and 28 September.
PUBLISHED = moment(date(2020, 9, 22), 10)
ENDS = end_of_day(date(2020, 9, 28))
MICROSECOND = timedelta(microseconds=1)
OVER = ENDS + MICROSECOND
PAID_ON = date(2020, 9, 29)
SETTLED = moment(PAID_ON, 15)
PUBLIC = Actor(address="203.0.113.9")

yuan = orders.yuan


def text_file() -> SimpleUploadedFile:
    """A file that no material may be."""
    return SimpleUploadedFile("扫描件.pdf", b"just text", "application/pdf")


@dataclass
class World:
    """A provider with accepted orders, the city's staff, and one claim walking through its steps."""

    scene: orders.Scene
    orders: list[Order]
    contractor: User = field(default_factory=lambda: build.account(Role.CONTRACTOR))
    bureau: User = field(default_factory=lambda: build.account(Role.BUREAU))
    expert: User = field(default_factory=lambda: build.account(Role.EXPERT))
    claim: Claim = field(default=None)  # type: ignore[assignment]

    @property
    def seller(self) -> Actor:
        return self.scene.seller

    @property
    def reviewer(self) -> Actor:
        return build.actor(self.contractor)

    @property
    def approver(self) -> Actor:
        return build.actor(self.bureau)

    @property
    def adviser(self) -> Actor:
        return build.actor(self.expert)

    @property
    def programme(self) -> Any:
        return self.scene.programme

    def fresh(self) -> Claim:
        """The claim as it is in the database now."""
        self.claim = Claim.objects.select_related("programme__city", "provider", "publicity").get(
            pk=self.claim.pk
        )
        return self.claim

    def line(self, index: int = 0) -> ClaimLine:
        """A line as it is in the database now."""
        return self.claim.lines.select_related("order").order_by("pk")[index]

    def lines(self) -> list[ClaimLine]:
        return list(self.claim.lines.select_related("order").order_by("pk"))

    def prepare(self, *, at: datetime = PREPARED, order_pks: Any = None, **more: Any) -> Claim:
        arguments: dict[str, Any] = {
            "by": self.seller,
            "at": at,
            "programme": self.programme,
            "order_pks": [order.pk for order in self.orders] if order_pks is None else order_pks,
        }
        self.claim = prepare_claim(**{**arguments, **more})
        return self.claim

    def attach(self, *slots: str, at: datetime = PREPARED) -> None:
        for slot in slots or ("form", "detail"):
            attach_scan(
                by=self.seller,
                at=at,
                claim=self.claim,
                slot=slot,
                file=scans.looked_into("盖章.pdf"),
            )

    def submit(self, *, at: datetime = SUBMITTED, by: Actor | None = None) -> Claim:
        return submit_claim(by=by or self.seller, at=at, claim=self.claim)

    def give_up(self, *, at: datetime = PREPARED, by: Actor | None = None) -> Claim:
        return give_up_claim(by=by or self.seller, at=at, claim=self.claim)

    def pass_line(
        self, index: int = 0, *, by: Actor | None = None, at: datetime = REVIEWED
    ) -> ClaimLine:
        return pass_line(by=by or self.reviewer, at=at, line=self.line(index))

    def disallow(
        self,
        index: int = 0,
        *,
        by: Actor | None = None,
        at: datetime = REVIEWED,
        reason: str = "发票不符",
    ) -> ClaimLine:
        return disallow_line(by=by or self.reviewer, at=at, line=self.line(index), reason=reason)

    def ask(
        self, index: int = 0, *, at: datetime = REVIEWED, reason: str = "缺验收单"
    ) -> ClaimLine:
        return ask_more_on_line(by=self.reviewer, at=at, line=self.line(index), reason=reason)

    def request(self, *, at: datetime = REVIEWED) -> Claim:
        return request_more(by=self.reviewer, at=at, claim=self.claim)

    def supply(
        self, index: int = 0, *, at: datetime = REVIEWED, answer: str = "见附件", file: Any = None
    ) -> ClaimLine:
        return supply_more(
            by=self.seller,
            at=at,
            line=self.line(index),
            answer=answer,
            file=file or scans.looked_into(),
        )

    def assign(self, *, expert: User | None = None, at: datetime = REVIEWED) -> ExpertOpinion:
        return assign_expert(
            by=self.reviewer, at=at, claim=self.claim, expert=expert or self.expert
        )

    def advise(
        self, opinion: ExpertOpinion, *, by: Actor | None = None, at: datetime = REVIEWED
    ) -> ExpertOpinion:
        return give_opinion(
            by=by or self.adviser, at=at, opinion=opinion, advice="support", text="材料齐全"
        )

    def finish(self, *, by: Actor | None = None, at: datetime = REVIEWED) -> Claim:
        return finish_first_review(by=by or self.reviewer, at=at, claim=self.claim)

    def approve(self, *, by: Actor | None = None, at: datetime = APPROVED) -> Claim:
        return approve_claim(by=by or self.approver, at=at, claim=self.claim)

    def send_back(
        self, *, by: Actor | None = None, at: datetime = APPROVED, reason: str = "请复查发票"
    ) -> Claim:
        return send_back_to_review(by=by or self.approver, at=at, claim=self.claim, reason=reason)

    def publish(self, *, by: Actor | None = None, at: datetime = PUBLISHED) -> PublicityList:
        return publish_claims(
            by=by or self.approver, at=at, programme=self.programme, claims=[self.claim]
        )

    def object(
        self, index: int = 0, *, by: Actor = PUBLIC, at: datetime = ENDS, **changes: Any
    ) -> Objection:
        arguments: dict[str, Any] = {
            "name": "热心市民",
            "contact": "13812345678",
            "statement": "该服务没有发生。",
            "evidence_files": [],
        }
        return file_objection(by=by, at=at, line=self.line(index), **{**arguments, **changes})

    def answer(
        self,
        objection: Objection,
        *,
        uphold: bool,
        by: Actor | None = None,
        at: datetime = SETTLED,
        answer: str = "经核查……",
    ) -> Objection:
        return answer_objection(
            by=by or self.approver, at=at, objection=objection, uphold=uphold, answer=answer
        )

    def settle(
        self,
        *indexes: int,
        by: Actor | None = None,
        at: datetime = SETTLED,
        receipt_number: str = "",
        **changes: Any,
    ) -> Settlement:
        lines = self.lines()
        arguments: dict[str, Any] = {
            "line_pks": [lines[index].pk for index in indexes or range(len(lines))],
            "paid_on": PAID_ON,
            "receipt_number": receipt_number or f"BF{build.number():010d}",
            "receipt_file": scans.looked_into("回单.pdf"),
        }
        return record_settlement(
            by=by or self.reviewer, at=at, claim=self.claim, **{**arguments, **changes}
        )


def world(lines: int = 1, **programme: Any) -> World:
    """A provider with some accepted orders of 5,000 yuan each, of one voucher, and the city's staff."""
    scene = orders.scene(**programme)
    return World(scene, accepted_orders(scene, lines))


def accepted_orders(scene: orders.Scene, count: int = 1) -> list[Order]:
    """Accepted orders of a scene, taken step by step together: the usage window ends before they are paid."""
    placed = [scene.place() for _ in range(count)]
    for step in ("confirm", "upload", "agree", "pay", "accept"):
        for order in placed:
            scene.order = order
            scene.fresh()
            getattr(scene, step)()
    return list(Order.objects.filter(pk__in=[order.pk for order in placed]).order_by("pk"))


def _pass_all(made: World) -> None:
    for index in range(len(made.lines())):
        made.pass_line(index)


STEPS: dict[str, Callable[[World], Any]] = {
    "prepare": World.prepare,
    "attach": World.attach,
    "submit": World.submit,
    "review": _pass_all,
    "finish": World.finish,
    "approve": World.approve,
    "publish": World.publish,
    "settle": World.settle,
}


def at_step(step: str, lines: int = 1, **programme: Any) -> World:
    """A world whose claim has taken every step up to and including ``step``, all its lines passed."""
    made = world(lines, **programme)
    names = list(STEPS)
    for name in names[: names.index(step) + 1]:
        STEPS[name](made)
    made.fresh()
    return made


def in_state(state: str, lines: int = 1) -> World:
    """A world whose claim is in the given state."""
    steps = {
        "draft": "prepare",
        "submitted": "submit",
        "first_reviewed": "finish",
        "approved": "approve",
        "published": "publish",
        "settled": "settle",
    }
    if state in steps:
        return at_step(steps[state], lines)
    if state == "given_up":
        made = at_step("prepare", lines)
        made.give_up()
    elif state == "more_asked":
        made = at_step("submit", lines)
        made.ask()
        made.request()
    else:
        raise AssertionError(state)
    made.fresh()
    return made


def another_account(of: Person, role: str) -> User:
    """A further account of the same person."""
    return build.account(role, person=of)


def refused(step: Callable[..., Any], *arguments: Any, **keywords: Any) -> Refusal | None:
    """The refusal that a step meets; None when it was done. Out of reach raises as it is."""
    try:
        step(*arguments, **keywords)
    except Refusal as refusal:
        return refusal
    return None


def is_out_of_reach(step: Callable[..., Any], *arguments: Any, **keywords: Any) -> bool:
    """Whether a step meets a 404."""
    try:
        step(*arguments, **keywords)
    except OutOfReach:
        return True
    return False
