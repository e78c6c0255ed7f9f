"""The demo's claims, one in each step from draft to settled, and what the public said (R1–R7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from foundation.accounts.actors import Actor
from foundation.moments import local_day, moment
from redemption.models import ClaimLine
from redemption.operations.advising import assign_expert
from redemption.operations.approving import approve_claim
from redemption.operations.objecting import answer_objection, file_objection
from redemption.operations.preparing import attach_scan, give_up_claim, prepare_claim, submit_claim
from redemption.operations.publishing import publish_claims
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    finish_first_review,
    pass_line,
    request_more,
)
from redemption.operations.settling import record_settlement
from redemption.queries import publicity_ends_at
from rehearsal.demo.orders import PATHS
from rehearsal.demo.stage import Stage

PUBLIC = Actor(address="203.0.113.9")

# Each claim's provider and orders.
CLAIMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "settled": (
        "main",
        (
            "settled1",
            "settled2",
            "settled3",
            "refused_in_review",
            "objected_upheld",
            "objected_rejected",
        ),
    ),
    "waiting": ("main", ("objected_open", "payable")),
    "published": ("main", ("in_publicity", "in_publicity2")),
    "approved": ("main", ("approved",)),
    "approved_wide": ("platform", ("approved_wide",)),
    "first_reviewed": ("main", ("first_reviewed",)),
    "first_reviewed_wide": ("platform", ("first_reviewed_wide",)),
    "more_asked": ("main", ("more_asked",)),
    "given_up": ("main", ("submitted1",)),
    "submitted": ("main", ("submitted1", "submitted2")),
    "draft": ("main", ("in_draft_claim",)),
}
_FIRST_LIST = ("settled", "waiting")


def plan_claims(stage: Stage) -> None:
    """Each claim as far as its name says."""
    agenda, ago = stage.agenda, stage.timeline.ago

    def on(days: int, hour: int, act: Callable[..., None], *keys: str) -> None:
        for place, key in enumerate(keys):
            agenda.at(ago(days, hour, place), partial(act, stage, key))

    on(31, 10, _hand_in, *_FIRST_LIST)
    on(29, 10, _review, *_FIRST_LIST)
    on(27, 10, _approve, *_FIRST_LIST)
    agenda.at(ago(26, 10), partial(_publish, stage, _FIRST_LIST))
    agenda.at(ago(25, 11), partial(_object, stage, "objected_upheld"))
    agenda.at(ago(25, 12), partial(_object, stage, "objected_rejected"))
    agenda.at(ago(25, 13), partial(_object, stage, "objected_open"))
    agenda.at(ago(24, 15), partial(_answer, stage, "objected_upheld", uphold=True))
    agenda.at(ago(24, 16), partial(_answer, stage, "objected_rejected", uphold=False))
    later = ("published", "approved", "approved_wide", "first_reviewed", "first_reviewed_wide")
    on(6, 10, _hand_in, *later)
    on(5, 10, _review, *later)
    on(4, 10, _approve, "published")
    agenda.at(ago(1, 10), partial(_publish, stage, ("published",)))
    agenda.at(stage.timeline.recently(0.9), partial(_object, stage, "in_publicity"))
    on(3, 14, _approve, "approved", "approved_wide")
    on(5, 14, _hand_in, "more_asked")
    on(2, 14, _ask_for_more, "more_asked")
    on(5, 15, _give_up, "given_up")
    on(4, 15, _hand_in, "submitted")
    on(3, 15, _begin_review, "submitted")
    on(2, 16, _prepare, "draft")


# --- The provider --------------------------------------------------------------------------


def _prepare(stage: Stage, key: str, at: datetime) -> None:
    house, orders = CLAIMS[key]
    first = PATHS[orders[0]]
    batch = stage.batches[first.batch]
    stage.claims[key] = prepare_claim(
        by=stage.houses[house].actor,
        at=at,
        programme=batch.programme,
        order_pks=[stage.deals[order].order.pk for order in orders],
    )


def _give_up(stage: Stage, key: str, at: datetime) -> None:
    """Prepared with an order too few, and taken back (R1)."""
    _prepare(stage, key, at)
    give_up_claim(by=stage.houses[CLAIMS[key][0]].actor, at=at, claim=stage.claims[key])


def _hand_in(stage: Stage, key: str, at: datetime) -> None:
    _prepare(stage, key, at)
    claim, house = stage.claims[key], stage.houses[CLAIMS[key][0]]
    for slot, title in (("form", "服务券兑现申请表"), ("detail", "服务券使用情况明细汇总表")):
        scan = stage.papers.scan(title, house.part.name, claim.number)
        attach_scan(by=house.actor, at=at, claim=claim, slot=slot, file=scan)
    submit_claim(by=house.actor, at=at, claim=claim)


# --- First review and approval -------------------------------------------------------------


def _line(stage: Stage, order: str) -> ClaimLine:
    """The live line of an order."""
    return ClaimLine.objects.exclude(state="given_up").get(order=stage.deals[order].order)


def _reviewer(stage: Stage, key: str) -> Actor:
    """One claim is reviewed by the contractor account of a person who also sits in the bureau (R3)."""
    return stage.office.seconded if key == "first_reviewed" else stage.office.contractor


def _review(stage: Stage, key: str, at: datetime) -> None:
    by = _reviewer(stage, key)
    for order in CLAIMS[key][1]:
        line = _line(stage, order)
        if order == "refused_in_review":
            disallow_line(by=by, at=at, line=line, reason="服务成果与合同约定不符")
        else:
            pass_line(by=by, at=at, line=line)
    finish_first_review(by=by, at=at, claim=stage.claims[key])


def _begin_review(stage: Stage, key: str, at: datetime) -> None:
    """One line passed, one still to do, and an expert is asked (R2)."""
    by, office = stage.office.contractor, stage.office
    assign_expert(by=by, at=at, claim=stage.claims[key], expert=office.expert.user)
    pass_line(by=by, at=at, line=_line(stage, CLAIMS[key][1][0]))


def _ask_for_more(stage: Stage, key: str, at: datetime) -> None:
    by = stage.office.contractor
    for order in CLAIMS[key][1]:
        ask_more_on_line(by=by, at=at, line=_line(stage, order), reason="请补充服务验收单")
    request_more(by=by, at=at, claim=stage.claims[key])


def _approve(stage: Stage, key: str, at: datetime) -> None:
    approve_claim(by=stage.office.bureau, at=at, claim=stage.claims[key])


# --- Publicity, objections, payment --------------------------------------------------------


def _publish(stage: Stage, keys: tuple[str, ...], at: datetime) -> None:
    """A public list; once its period is over, what nobody objects to is paid (R4, R5)."""
    first = stage.claims[keys[0]]
    publicity = publish_claims(
        by=stage.office.bureau,
        at=at,
        programme=first.programme,
        claims=[stage.claims[key] for key in keys],
    )
    paid = moment(local_day(publicity_ends_at(publicity)) + timedelta(days=1), 15)
    if paid <= stage.now:
        stage.agenda.at(paid, partial(_settle, stage, "settled"))


def _object(stage: Stage, order: str, at: datetime) -> None:
    file_objection(
        by=PUBLIC,
        at=at,
        line=_line(stage, order),
        name="热心市民",
        contact="objector@example.org",
        statement="据了解该项服务并未按合同完成，请予核查。",
        evidence_files=[stage.papers.scan("情况说明")],
    )


def _answer(stage: Stage, order: str, at: datetime, *, uphold: bool) -> None:
    objection = _line(stage, order).objections.get()
    answer = "经核查，异议成立，该笔不予兑现。" if uphold else "经核查，服务已按合同完成。"
    answer_objection(
        by=stage.office.second_bureau, at=at, objection=objection, uphold=uphold, answer=answer
    )


def _settle(stage: Stage, key: str, at: datetime) -> None:
    claim, number = stage.claims[key], stage.numbers.payout()
    lines = claim.lines.filter(state="passed").order_by("pk").values_list("pk", flat=True)
    record_settlement(
        by=stage.office.contractor,
        at=at,
        claim=claim,
        line_pks=lines,
        paid_on=local_day(at),
        receipt_number=number,
        receipt_file=stage.papers.scan("银行转账回单", number),
    )
