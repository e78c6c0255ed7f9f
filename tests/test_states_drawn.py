"""docs/states.md is what the tables of legal moves say, and every state can be reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from voucher_portal.state_machines import MACHINES, drawing

ROOT = Path(__file__).resolve().parents[1]


def test_the_drawing_is_up_to_date():
    assert (ROOT / "docs" / "states.md").read_text(encoding="utf-8") == drawing()


@pytest.mark.parametrize(
    ("title", "machine"), MACHINES, ids=[machine.name for _, machine in MACHINES]
)
def test_every_state_can_be_reached(title, machine):
    reached = {str(machine.initial)}
    for _ in machine.states:
        reached |= {
            str(target)
            for sources, target in machine.moves.values()
            if reached & {str(source) for source in sources}
        }
    assert reached == {str(state) for state in machine.states}, title
