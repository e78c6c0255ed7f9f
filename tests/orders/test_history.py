"""What happened to an order, told in words."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest

from foundation.accounts.models import Role
from foundation.moments import moment
from orders import operations
from orders.operations.ending import end_payment
from orders.queries.history import _WORDS, history_of_order
from tests import build
from tests.orders import build as orders

# What returning.py puts together out of a verb.
DECIDED = {"grant_payment_return", "refuse_payment_return"}


def actions_recorded() -> set[str]:
    """Every ``action=`` of the operations, as it is written there."""
    found: set[str] = set()
    for path in Path(operations.__file__).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "action":
                match node.value:
                    case ast.Constant(value=str(action)):
                        found.add(action)
                    case ast.JoinedStr():
                        assert ast.unparse(node.value) == "f'{verb}_payment_return'", path
                        found |= DECIDED
                    case ast.Name(id="action"):
                        pass  # handed on by a function whose callers name it
                    case other:
                        raise AssertionError(f"{path}: {ast.unparse(other)}")
    return found


def test_every_action_that_an_operation_records_has_words():
    actions = actions_recorded()
    assert {"place_order", "lapse_order", "end_payment"} <= actions
    assert not actions - set(_WORDS)


@pytest.mark.django_db
@pytest.mark.rule("V5")
def test_a_payment_that_was_ended_is_told_with_its_reason():
    scene = orders.in_state("paid")
    by = build.actor(build.account(Role.CONTRACTOR))
    later = moment(date(2020, 12, 20), 10)
    end_payment(by=by, at=later, order=scene.order, reason="机构多次催办仍未收券")
    last = history_of_order(scene.fresh())[0]
    assert last.text == "承办单位：结束未完成的支付，金额由系统收回"
    assert (last.note, last.tone) == ("机构多次催办仍未收券", "bad")
