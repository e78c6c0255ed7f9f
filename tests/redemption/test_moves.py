"""Every act × every state × every kind of account: who may do what when, and nobody anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from foundation.accounts.actors import Actor, job
from foundation.errors import OutOfReach, Refusal
from redemption.operations.objecting import file_objection
from redemption.operations.preparing import attach_scan, prepare_claim
from redemption.operations.reviewing import (
    ask_more_on_line,
    disallow_line,
    reopen_line,
    request_more,
    supply_more,
    take_back_request,
)
from redemption.states import CLAIM, CLAIM_LINE, OBJECTION, ClaimState, LineState
from tests import build, scans
from tests.redemption import build as b

pytestmark = pytest.mark.django_db

Act = Callable[[b.World, Actor], Any]


def _objection(made: b.World) -> Any:
    return made.line().objections.order_by("pk").first()


ACTS: dict[str, tuple[str, Act]] = {
    "attach": (
        "provider",
        lambda made, by: attach_scan(
            by=by, at=b.SETTLED, claim=made.claim, slot="form", file=scans.sent()
        ),
    ),
    "submit": ("provider", lambda made, by: made.submit(by=by, at=b.SETTLED)),
    "give_up": ("provider", lambda made, by: made.give_up(by=by, at=b.SETTLED)),
    "supply": (
        "provider",
        lambda made, by: supply_more(by=by, at=b.SETTLED, line=made.line(), answer="见附件"),
    ),
    "pass": ("contractor", lambda made, by: made.pass_line(by=by, at=b.SETTLED)),
    "ask": (
        "contractor",
        lambda made, by: ask_more_on_line(by=by, at=b.SETTLED, line=made.line(), reason="缺页"),
    ),
    "disallow": (
        "contractor",
        lambda made, by: disallow_line(by=by, at=b.SETTLED, line=made.line(), reason="不符"),
    ),
    "reopen": ("contractor", lambda made, by: reopen_line(by=by, at=b.SETTLED, line=made.line())),
    "request": ("contractor", lambda made, by: request_more(by=by, at=b.SETTLED, claim=made.claim)),
    "take_back": (
        "contractor",
        lambda made, by: take_back_request(by=by, at=b.SETTLED, claim=made.claim),
    ),
    "assign": (
        "contractor",
        lambda made, by: b.assign_expert(
            by=by, at=b.SETTLED, claim=made.claim, expert=build.account("expert")
        ),
    ),
    "finish": ("contractor", lambda made, by: made.finish(by=by, at=b.SETTLED)),
    "advise": (
        "expert",
        lambda made, by: made.advise(made.claim.opinions.get(), by=by, at=b.SETTLED),
    ),
    "disallow_finally": (
        "bureau",
        lambda made, by: disallow_line(by=by, at=b.SETTLED, line=made.line(), reason="不符"),
    ),
    "approve": ("bureau", lambda made, by: made.approve(by=by, at=b.SETTLED)),
    "send_back": ("bureau", lambda made, by: made.send_back(by=by, at=b.SETTLED)),
    "publish": ("bureau", lambda made, by: made.publish(by=by, at=b.SETTLED)),
    "answer": (
        "bureau",
        lambda made, by: made.answer(_objection(made), uphold=True, by=by, at=b.SETTLED),
    ),
    "settle": ("contractor", lambda made, by: made.settle(0, by=by, at=b.SETTLED)),
}


def _review_one(made: b.World) -> b.World:
    made.pass_line()
    return made


def _ask_one(made: b.World) -> b.World:
    made.ask()
    return made


def _disallow_one(made: b.World) -> b.World:
    made.disallow()
    return made


def _with_objection(made: b.World) -> b.World:
    made.object()
    return made


def _advised(made: b.World) -> b.World:
    made.assign()
    return made


# Each scene, and the acts that the right account can do in it; every other act is refused to the right account.
SCENES: dict[str, tuple[Callable[[], b.World], set[str]]] = {
    "draft": (lambda: b.at_step("attach"), {"attach", "submit", "give_up"}),
    "given_up": (lambda: b.in_state("given_up"), set()),
    "submitted": (
        lambda: _advised(b.in_state("submitted")),
        {"pass", "ask", "disallow", "assign", "advise"},
    ),
    "submitted_passed": (
        lambda: _review_one(b.in_state("submitted")),
        {"disallow", "reopen", "assign", "finish"},
    ),
    "submitted_asked": (lambda: _ask_one(b.in_state("submitted")), {"request", "assign"}),
    "submitted_disallowed": (
        lambda: _disallow_one(b.in_state("submitted")),
        {"reopen", "assign", "finish"},
    ),
    "more_asked": (lambda: b.in_state("more_asked"), {"supply", "assign", "take_back"}),
    "first_reviewed": (
        lambda: b.in_state("first_reviewed"),
        {"disallow_finally", "approve", "send_back"},
    ),
    "approved": (lambda: b.in_state("approved"), {"publish"}),
    "published": (lambda: b.in_state("published"), {"settle"}),
    "published_objected": (lambda: _with_objection(b.in_state("published")), {"answer"}),
    "settled": (lambda: b.in_state("settled"), set()),
}


def _actors(made: b.World) -> dict[str, Actor]:
    """Every kind of account, the right ones first; superusers of the wrong role are wrong accounts."""
    foshan = build.city("foshan")
    return {
        "provider": made.seller,
        "contractor": made.reviewer,
        "bureau": made.approver,
        "expert": made.adviser,
        "other provider": build.actor(build.provider().account),
        "other contractor": build.actor(build.account("contractor", of=foshan)),
        "province contractor": build.actor(build.account("contractor", city=None)),
        "other bureau": build.actor(build.account("bureau", of=foshan)),
        "other expert": build.actor(build.account("expert")),
        "district": build.actor(build.account("district")),
        "province": build.actor(build.account("province", is_staff=True, is_superuser=True)),
        "enterprise": made.scene.buyer,
        "role-less superuser": build.actor(build.account("", is_staff=True, is_superuser=True)),
        "public": b.PUBLIC,
        "job": job("close_publicity"),
    }


def _outcome(act: Act, made: b.World, by: Actor) -> str:
    """done, refused or 404, with everything undone afterwards."""
    outcome = "done"
    try:
        with transaction.atomic():
            act(made, by)
            transaction.set_rollback(True)
    except Refusal:
        outcome = "refused"
    except OutOfReach:
        outcome = "404"
    made.fresh()
    return outcome


@pytest.mark.rule("R1", "R2", "R3", "R4", "R5")
@pytest.mark.parametrize("name", SCENES)
def test_every_act_by_every_account(name):
    scene, possible = SCENES[name]
    made = scene()
    made.fresh()
    actors = _actors(made)
    has_opinion = made.claim.opinions.exists()
    has_objection = _objection(made) is not None
    for act_name, (right, act) in ACTS.items():
        if (act_name == "advise" and not has_opinion) or (
            act_name == "answer" and not has_objection
        ):
            continue
        for who, by in actors.items():
            outcome = _outcome(act, made, by)
            if who == right:
                expected = "done" if act_name in possible else "refused"
            elif act_name.startswith("disallow") and who in {"contractor", "bureau"}:
                # One act of two hands: the contractor's in first review, the bureau's at approval.
                twin = "disallow" if who == "contractor" else "disallow_finally"
                expected = "done" if twin in possible else "refused"
            else:
                expected = "404"
            assert outcome == expected, (name, act_name, who)


@pytest.mark.rule("R4")
@pytest.mark.parametrize("name", SCENES)
def test_everybody_and_nobody_in_particular_files_an_objection_to_what_is_public(name):
    made = SCENES[name][0]()
    made.fresh()
    public = name.startswith("published")
    for who, by in _actors(made).items():
        outcome = _outcome(
            lambda made, by: file_objection(
                by=by,
                at=b.ENDS,
                line=made.line(),
                name="某人",
                contact="010-12345678",
                statement="有异议",
            ),
            made,
            by,
        )
        expected = "done" if public else "refused" if name == "settled" else "404"
        assert outcome == expected, (name, who)


@pytest.mark.rule("R1")
def test_nobody_but_a_provider_prepares():
    made = b.world()
    for who, by in _actors(made).items():
        outcome = _outcome_of_preparing(made, by)
        assert outcome == {"provider": "done", "other provider": "refused"}.get(who, "404"), who


def _outcome_of_preparing(made: b.World, by: Actor) -> str:
    try:
        with transaction.atomic():
            prepare_claim(
                by=by, at=b.PREPARED, programme=made.programme, order_pks=[made.orders[0].pk]
            )
            transaction.set_rollback(True)
    except Refusal:
        return "refused"
    except OutOfReach:
        return "404"
    return "done"


def test_every_move_of_the_tables_is_used_by_some_act():
    """A verb in a table that no operation uses would be a way in that nobody guards."""
    used = {
        "claim": {
            "submit",
            "give_up",
            "ask_more",
            "supply_more",
            "take_back_request",
            "finish_first_review",
            "send_back_to_review",
            "approve",
            "publish",
            "settle",
        },
        "claim_line": {
            "pass",
            "ask_more",
            "supply_more",
            "take_back_request",
            "reopen",
            "disallow",
            "settle",
            "give_up",
        },
        "objection": {"uphold", "reject"},
    }
    for machine in (CLAIM, CLAIM_LINE, OBJECTION):
        assert set(machine.moves) == used[machine.name]


@pytest.mark.parametrize("machine", [CLAIM, CLAIM_LINE], ids=lambda machine: machine.name)
def test_ended_states_lead_nowhere(machine):
    ended = {ClaimState.SETTLED, ClaimState.GIVEN_UP, LineState.SETTLED, LineState.GIVEN_UP}
    for sources, _ in machine.moves.values():
        assert not ended & set(sources)
