"""The history of a record as people read it: who, when, from where, what, from which state to which, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from foundation.audit.models import AuditEntry
from foundation.audit.words import action_words, detail_words, role_words, state_words


@dataclass(frozen=True)
class Line:
    """One entry in words. ``change``: from which state to which, "" when the state stayed."""

    at: datetime
    who: str
    role: str
    address: str
    action: str
    change: str
    reason: str
    details: list[str]


def line_of(entry: AuditEntry) -> Line:
    """An entry in words."""
    before = state_words(entry.subject_type, entry.from_state)
    after = state_words(entry.subject_type, entry.to_state)
    return Line(
        at=entry.at,
        who=entry.actor_label,
        role=role_words(entry.role),
        address=entry.address,
        action=action_words(entry.action),
        change=f"{before or '—'} → {after}" if after and after != before else "",
        reason=entry.reason,
        details=detail_words(entry.subject_type, entry.details),
    )
