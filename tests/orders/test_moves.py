"""Every step × every state × everyone: what is allowed, and that nothing else moves anything (section 7)."""

from __future__ import annotations

import pytest

from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.errors import OutOfReach, Refusal
from foundation.regions.models import City
from orders.models import Order
from orders.operations.cancelling import (
    agree_cancellation,
    ask_cancellation,
    cancel_order,
    withdraw_cancellation,
)
from orders.operations.contracts import confirm_contract, return_contract
from orders.operations.paying import accept_payment, ask_payment_correction
from orders.operations.placing import confirm_order, decline_order
from orders.operations.returning import ask_payment_return
from orders.permissions import SIDE_OF
from orders.states import ORDER, OrderState
from orders.views.steps import BY_KEY, STEPS, steps_for
from tests import build
from tests.orders import build as orders

pytestmark = [pytest.mark.django_db, pytest.mark.rule("O1", "O2", "O3", "O4", "O5", "O7", "O8")]

AT = orders.CONTRACTED
# step -> (verb in the table of moves, how it is done by an actor)
DONE_BY = {
    "confirm": ("confirm", lambda s, by: confirm_order(by=by, at=AT, order=s.order)),
    "decline": ("decline", lambda s, by: decline_order(by=by, at=AT, order=s.order, reason="原因")),
    "cancel": ("cancel", lambda s, by: cancel_order(by=by, at=AT, order=s.order, reason="原因")),
    "ask_cancellation": (
        "cancel_together",
        lambda s, by: ask_cancellation(by=by, at=AT, order=s.order, reason="原因"),
    ),
    "agree_cancellation": (
        "cancel_together",
        lambda s, by: agree_cancellation(by=by, at=AT, order=s.order),
    ),
    "withdraw_cancellation": (
        "cancel_together",
        lambda s, by: withdraw_cancellation(by=by, at=AT, order=s.order),
    ),
    "upload_contract": ("upload_contract", lambda s, by: s.upload(by=by, at=AT)),
    "return_contract": (
        "return_contract",
        lambda s, by: return_contract(by=by, at=AT, order=s.order, reason="原因"),
    ),
    "confirm_contract": (
        "confirm_contract",
        lambda s, by: confirm_contract(by=by, at=AT, order=s.order),
    ),
    "pay": ("pay", lambda s, by: s.pay(by=by, at=orders.PAID)),
    "ask_correction": (
        "ask_correction",
        lambda s, by: ask_payment_correction(by=by, at=AT, order=s.order, reason="原因"),
    ),
    "correct_payment": ("correct_payment", lambda s, by: s.correct(by=by, at=orders.PAID)),
    "accept": ("accept", lambda s, by: accept_payment(by=by, at=AT, order=s.order)),
    "ask_return": (
        "refund",
        lambda s, by: ask_payment_return(by=by, at=AT, order=s.order, reason="原因"),
    ),
}


def everyone(scene):
    zhuhai = City.objects.get(slug="zhuhai")
    return {
        "enterprise": scene.buyer,
        "provider": scene.seller,
        "another enterprise": build.actor(build.enterprise().account),
        "another provider": build.actor(build.provider().account),
        "contractor": build.actor(build.account(Role.CONTRACTOR)),
        "contractor elsewhere": build.actor(build.account(Role.CONTRACTOR, of=zhuhai)),
        "bureau": build.actor(build.account(Role.BUREAU)),
        "superuser": build.actor(build.account(Role.PROVINCE, is_superuser=True)),
        "expert": build.actor(build.account(Role.EXPERT)),
        "job": build.JOB,
        "public": build.Actor(),
    }


def test_every_step_is_tried_here():
    assert set(DONE_BY) == set(SIDE_OF) == {step.step for step in STEPS}


@pytest.mark.parametrize("state", OrderState.values)
def test_only_the_right_side_takes_only_the_legal_steps(state):
    """Refused attempts leave no trace; each allowed one is tried at the end of its own savepoint."""
    from django.db import transaction

    scene = orders.in_state(state)
    people = everyone(scene)
    entries = AuditEntry.objects.count()
    for step, (verb, act) in DONE_BY.items():
        for who, by in people.items():
            may = who in {str(side) for side in SIDE_OF[step]}
            legal = ORDER.allows(state, verb)
            # A pending request is what these two need; the table alone does not say so.
            needs_request = step in {"agree_cancellation", "withdraw_cancellation"}
            expected = OutOfReach if not may else Refusal if not legal or needs_request else None
            try:
                with transaction.atomic():
                    act(scene, by)
                    outcome = None
                    raise _Undo
            except _Undo:
                pass
            except (OutOfReach, Refusal) as error:
                outcome = OutOfReach if isinstance(error, OutOfReach) else Refusal
            assert outcome is expected, (state, step, who)
    assert AuditEntry.objects.count() == entries
    assert Order.objects.get().state == state
    orders.assert_books_balance(scene)


class _Undo(Exception):
    """Rolls an allowed step back, so that the next is tried from the same state."""


@pytest.mark.parametrize("state", OrderState.values)
def test_the_page_offers_exactly_what_the_operations_allow(state):
    scene = orders.in_state(state)
    for who, by in everyone(scene).items():
        offered = {step.step for step in steps_for(scene.order, by, AT)}
        expected = {
            step
            for step, (verb, _act) in DONE_BY.items()
            if who in {str(side) for side in SIDE_OF[step]}
            and ORDER.allows(state, verb)
            and step not in {"agree_cancellation", "withdraw_cancellation"}
        }
        assert offered == expected, (state, who)


def test_the_page_offers_the_answer_to_a_request_to_cancel():
    scene = orders.at_step("agree")
    ask_cancellation(by=scene.seller, at=AT, order=scene.order, reason="无法履约")
    scene.fresh()
    assert {"agree_cancellation", "pay"} == {
        step.step for step in steps_for(scene.order, scene.buyer, AT)
    }
    assert {"withdraw_cancellation"} == {
        step.step for step in steps_for(scene.order, scene.seller, AT)
    }


@pytest.mark.rule("V4")
def test_the_page_offers_nothing_for_an_order_the_clock_has_ended():
    scene = orders.at_step("place")
    assert steps_for(scene.order, scene.buyer, orders.WINDOW_ENDS)
    assert not steps_for(scene.order, scene.buyer, orders.WINDOW_ENDS + orders.MICROSECOND)


def test_every_page_step_has_one_operation_or_its_own_page():
    for step in BY_KEY.values():
        assert (step.operation is None) == bool(step.page)


def test_a_second_click_on_every_step_is_refused():
    scene = orders.at_step("place")
    clicks = [
        scene.confirm,
        scene.upload,
        scene.agree,
        scene.pay,
        scene.ask_correction,
        scene.correct,
        scene.accept,
        scene.claim,
        scene.settle,
    ]
    for click in clicks:
        click()
        assert orders.refused(click), click.__name__
        orders.assert_books_balance(scene)
