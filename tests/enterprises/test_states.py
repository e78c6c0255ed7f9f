"""Every move × every state × every role: what is not in the table below does not happen (E6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from enterprises.models import Qualification
from enterprises.operations import (
    attach_material,
    pass_qualification,
    refuse_qualification,
    save_profile,
    send_back_qualification,
    submit_qualification,
)
from enterprises.states import QUALIFICATION, QualificationState
from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.errors import OutOfReach, Refusal
from tests import build, scans
from tests.enterprises.build import (
    AT,
    LATER,
    contractor,
    data,
    filled,
    owner,
    submitted,
    with_materials,
)

pytestmark = [pytest.mark.django_db, pytest.mark.rule("E6")]

D, S, R, P, X = (
    QualificationState.DRAFT,
    QualificationState.SUBMITTED,
    QualificationState.RETURNED,
    QualificationState.PASSED,
    QualificationState.REFUSED,
)

# The diagram, typed here again: verb -> {from: to}.
DIAGRAM = {
    "submit": {D: S, R: S},
    "pass": {S: P},
    "send_back": {S: R},
    "refuse": {S: X},
    "reopen": {P: D, X: D},
}

# What each operation does in each state: the state after it; missing: refused.
OUTCOMES: dict[str, dict[str, str]] = {
    "submit": {D: S, R: S},
    "pass": {S: P},
    "send_back": {S: R},
    "refuse": {S: X},
    "change_data": {D: D, R: R, P: D, X: D},
    "change_material": {D: D, R: R, X: D},
}
MINE = {"submit", "change_data", "change_material"}


def in_state(state: str) -> Qualification:
    if state == D:
        return with_materials(filled())
    file = submitted()
    if state == P:
        return pass_qualification(by=contractor(), at=AT, qualification=file)
    if state == R:
        return send_back_qualification(
            by=contractor(), at=AT, qualification=file, item_reasons={"name": "不符"}
        )
    if state == X:
        return refuse_qualification(by=contractor(), at=AT, qualification=file, reason="不符")
    return file


ACTS: dict[str, Callable[[Actor, Qualification], Any]] = {
    "submit": lambda by, file: submit_qualification(by=by, at=LATER, qualification=file),
    "pass": lambda by, file: pass_qualification(by=by, at=LATER, qualification=file),
    "send_back": lambda by, file: send_back_qualification(
        by=by, at=LATER, qualification=file, item_reasons={"name": "不符"}
    ),
    "refuse": lambda by, file: refuse_qualification(
        by=by, at=LATER, qualification=file, reason="不符"
    ),
    "change_data": lambda by, file: save_profile(
        by=by,
        at=LATER,
        enterprise=file.enterprise,
        year=file.year,
        **data(founded_on=date(2017, 1, 1)),
    ),
    "change_material": lambda by, file: attach_material(
        by=by, at=LATER, qualification=file, slot="licence", file=scans.sent()
    ),
}


def test_the_table_is_the_diagram() -> None:
    assert DIAGRAM.keys() == QUALIFICATION.moves.keys()
    for verb, moves in DIAGRAM.items():
        for state in QualificationState:
            assert QUALIFICATION.allows(state, verb) == (state in moves)
            if state in moves:
                assert QUALIFICATION.target(state, verb) == moves[state]


@pytest.mark.parametrize("state", QualificationState)
@pytest.mark.parametrize("act", ACTS)
def test_the_right_account_in_every_state(act: str, state: str) -> None:
    file = in_state(state)
    by = owner(file.enterprise) if act in MINE else contractor()
    expected = OUTCOMES[act].get(QualificationState(state))
    if expected is None:
        with pytest.raises(Refusal):
            ACTS[act](by, file)
    else:
        ACTS[act](by, file)
    file.refresh_from_db()
    assert file.state == (expected or state)


def strangers(file: Qualification) -> dict[str, Actor]:
    """Everyone but the two who may act, those in the same city included."""
    found = {str(role): build.actor(build.account(role)) for role in Role}
    found["province contractor"] = build.actor(build.account(Role.CONTRACTOR, city=None))
    found["contractor elsewhere"] = contractor("zhuhai")
    found["superuser"] = build.actor(build.account(Role.BUREAU, is_superuser=True))
    found["public"] = Actor()
    found["job"] = build.JOB
    return found


@pytest.mark.parametrize("act", ACTS)
def test_every_other_role_is_out_of_reach_in_every_state(act: str) -> None:
    for state in QualificationState:
        file = in_state(state)
        others = strangers(file)
        if act not in MINE:
            del others[Role.CONTRACTOR]
            others["owner"] = owner(file.enterprise)
        for name, by in others.items():
            with pytest.raises(OutOfReach):
                ACTS[act](by, file)
                pytest.fail(f"{name} could {act} from {state}")
        file.refresh_from_db()
        assert file.state == state
