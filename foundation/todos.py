"""What waits on an account, said by every app in one form (N2): the home pages show the most urgent first.

settings.TODO_QUERIES names the queries, each ``(user, at) -> list[Todo]``: an app above the one that owns a home page
is asked without being imported.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.utils.module_loading import import_string

from foundation.accounts.models import User

NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Todo:
    """One thing to do: a whole sentence, the address to do it at, the button's word, and until when (None: open)."""

    sentence: str
    url: str
    label: str
    until: datetime | None = None


def todos_of(user: User, at: datetime) -> list[Todo]:
    """Everything that waits on ``user`` at ``at``, the earliest deadline first."""
    found = [todo for path in settings.TODO_QUERIES for todo in import_string(path)(user, at)]
    return sorted(found, key=lambda todo: todo.until or NEVER)
