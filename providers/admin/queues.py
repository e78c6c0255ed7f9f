"""Who looks at the queues of this app, in which order, and how reasons are worded (P2, P6)."""

from __future__ import annotations

from typing import Any

from django.db.models import Case, Value, When

from foundation.accounts.models import Role

READERS = frozenset({Role.CONTRACTOR, Role.BUREAU})
REVIEWERS = frozenset({Role.CONTRACTOR})


def waiting_first(state: str) -> list[Any]:
    """Waiting records first, oldest first; then the rest."""
    waiting = Case(When(state=state, then=Value(0)), default=Value(1))
    return [waiting.asc(), "submitted_at", "pk"]


def worded(item_reasons: dict[str, str], items: dict[str, str]) -> list[tuple[str, str]]:
    """The reasons of a send-back under the names of their items."""
    return [(items[item], text) for item, text in item_reasons.items() if item in items]
