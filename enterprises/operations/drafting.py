"""Keeping what is typed and not saved yet, so that coming back goes on where one was (E2, F5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction

from enterprises import permissions, policies
from enterprises.drafts import PERSONAL, draft_values, says_something_new
from enterprises.models import Enterprise, ProfileDraft
from enterprises.operations.files import lock_enterprise
from enterprises.queries import qualification_of
from foundation.accounts.actors import Actor
from foundation.moments import local_day


def keep_draft(
    *, by: Actor, at: datetime, enterprise: Enterprise, year: int, typed: Mapping[str, str]
) -> ProfileDraft:
    """Keep what stands in the form of E2; the last one kept is the one there is.

    It is not data of the file: nothing is checked, no version is made or frozen, and nothing is audited, for nothing
    is decided by it. One that says what is saved already is not kept: it was on its way when the form was saved.
    Raises OutOfReach, and UnableToSaveProfile while the file is being checked (E6).
    """
    with transaction.atomic():
        # The lock that saving takes: what arrives after it sees what was saved.
        enterprise = lock_enterprise(enterprise)
        permissions.require_own(by, enterprise)
        file = qualification_of(enterprise, year)
        if file is not None:
            policies.require_open_to_changes(file.state)
        values = _personal_data_kept(enterprise, year) | draft_values(typed, today=local_day(at))
        draft = ProfileDraft(
            enterprise=enterprise,
            year=year,
            content=json.dumps(values, ensure_ascii=False),
            saved_at=at,
        )
        drop_draft(enterprise)
        if says_something_new(values, file.profile if file else None):
            draft.save(force_insert=True)
        return draft


def _personal_data_kept(enterprise: Enterprise, year: int) -> dict[str, str]:
    """What the page does not get back and so sends empty, which means as it was (F5)."""
    kept = ProfileDraft.objects.filter(enterprise=enterprise, year=year).first()
    values = json.loads(kept.content) if kept else {}
    return {field: values[field] for field in PERSONAL if field in values}


def discard_draft(*, by: Actor, at: datetime, enterprise: Enterprise) -> int:
    """Throw the draft away, and go on with what is saved: how many there were (0 or 1). Raises OutOfReach."""
    permissions.require_own(by, enterprise)
    return drop_draft(enterprise)


def drop_draft(enterprise: Enterprise) -> int:
    """The draft has become data, or is not wanted."""
    return ProfileDraft.objects.filter(enterprise=enterprise).delete()[0]


def drop_drafts(*, before: int) -> int:
    """Remove the drafts of years before ``before``, which nobody is shown any more (F5); how many."""
    return ProfileDraft.objects.filter(year__lt=before).delete()[0]
