"""Nobody is forgotten: every act has decided whom it tells, and every event is one that somebody sends (N2)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.notices.events import EVENTS, Kind
from tests.messages.table import REMINDED, TOLD

pytestmark = pytest.mark.rule("N2", "V7")

ROOT = Path(__file__).resolve().parents[2]
APPS = (
    "foundation/accounts",
    "foundation/api",
    "foundation/assignments",
    "foundation/rosters",
    "enterprises",
    "providers",
    "vouchers",
    "orders",
    "redemption",
)
# Parts of acts, which the acts call.
PARTS = {
    "end_order",
    "enter_at_once",
    "keep_papers",
    "move",
    "move_claim",
    "move_line",
    "move_objection",
    "move_state",
    "note_hand",
    "read_sheet",
    "write_rows",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for app in APPS:
        for path in sorted((ROOT / app / "operations").glob("*.py")):
            yield app.rpartition("/")[2], ast.parse(path.read_text(encoding="utf-8"))


def acts() -> set[str]:
    """The public functions that take an actor and a moment."""
    return {
        f"{app}.{node.name}"
        for app, tree in modules()
        for node in tree.body
        if isinstance(node, ast.FunctionDef)
        and {"by", "at"} <= {arg.arg for arg in node.args.kwonlyargs}
        and not node.name.startswith("_")
        and node.name not in PARTS
    }


def test_every_act_has_decided_whom_it_tells() -> None:
    assert acts() == set(TOLD)


def test_every_event_is_sent_by_an_act_or_a_job_and_no_other() -> None:
    assert frozenset().union(*TOLD.values()) | REMINDED == set(EVENTS)
    assert {event for event in EVENTS if EVENTS[event].kind is Kind.REMINDER} <= REMINDED


def test_every_event_stands_in_the_code_of_its_app() -> None:
    written = {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    # Put together in SQL, or named elsewhere.
    in_sql = {event for event in EVENTS if event.startswith(("result_", "voucher_", "batch_"))}
    in_tasks = {"order_deadline", "order_waiting", "address_asked"}
    assert set(EVENTS) - written <= in_sql | in_tasks
