"""Keeping what is typed and not saved yet, so that coming back goes on where one was (E2, F5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from enterprises import permissions, policies
from enterprises.drafts import draft_values
from enterprises.models import Enterprise, ProfileDraft
from enterprises.queries import qualification_of
from foundation.accounts.actors import Actor
from foundation.moments import local_day


def keep_draft(
    *, by: Actor, at: datetime, enterprise: Enterprise, year: int, typed: Mapping[str, str]
) -> ProfileDraft:
    """Keep what stands in the form of E2; the last one kept is the one there is.

    It is not data of the file: nothing is checked, no version is made or frozen, and nothing is audited, for nothing
    is decided by it. Raises OutOfReach, and UnableToSaveProfile while the file is being checked (E6).
    """
    permissions.require_own(by, enterprise)
    file = qualification_of(enterprise, year)
    if file is not None:
        policies.require_open_to_changes(file.state)
    draft = ProfileDraft(
        enterprise=enterprise,
        year=year,
        content=json.dumps(draft_values(typed, today=local_day(at)), ensure_ascii=False),
        saved_at=at,
    )
    # One statement: two that arrive together leave one of them, never half of each.
    ProfileDraft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=["enterprise"],
        update_fields=["year", "content", "saved_at"],
    )
    return draft


def discard_draft(*, by: Actor, at: datetime, enterprise: Enterprise) -> int:
    """Throw the draft away, and go on with what is saved: how many there were (0 or 1). Raises OutOfReach."""
    permissions.require_own(by, enterprise)
    return drop_draft(enterprise)


def drop_draft(enterprise: Enterprise) -> int:
    """The draft has become data, or is not wanted."""
    return ProfileDraft.objects.filter(enterprise=enterprise).delete()[0]
