"""The one place where a roster import changes its state."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.rosters.models import RosterImport
from foundation.rosters.states import ROSTER_IMPORT


def move(
    roster_import: RosterImport, verb: str, *, by: Actor, at: datetime, **details: Any
) -> None:
    """Move a locked import by a legal move, save and record it."""
    before = roster_import.state
    roster_import.state = ROSTER_IMPORT.target(before, verb)
    roster_import.save()
    record(
        at=at,
        by=by,
        action=f"{verb}_roster_import",
        subject=roster_import,
        from_state=before,
        to_state=roster_import.state,
        details={"kind": roster_import.kind, **details},
    )
