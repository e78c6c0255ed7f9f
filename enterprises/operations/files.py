"""The year's file of an enterprise: its locks, the one way its state changes, and how its owner is told.

Locks: the enterprise's row first, then its file of the year; nothing here takes a voucher's or an order's lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Max

from enterprises.models import Enterprise, Qualification
from enterprises.states import QUALIFICATION
from foundation.accounts.actors import Actor
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message

HOME = "/enterprise/"

# Locked without a join: a writer that had to wait finds its row gone from the result on PostgreSQL when the
# other one gave the file another profile, for the join was made with the old one.
_FILES = Qualification.objects.select_for_update()


def lock_enterprise(enterprise: Enterprise) -> Enterprise:
    """The enterprise with its row locked until the transaction ends."""
    found = Enterprise.objects.select_for_update().filter(pk=enterprise.pk).first()
    if found is None:
        raise OutOfReach(f"no enterprise {enterprise.pk}")
    return found


def lock_file(qualification: Qualification) -> Qualification:
    """The file with its row locked, its state read after the lock."""
    found = _FILES.filter(pk=qualification.pk).first()
    if found is None:
        raise OutOfReach(f"no file {qualification.pk}")
    return found


def lock_file_of(enterprise: Enterprise, year: int) -> Qualification | None:
    """The file of a year, locked; None before it was begun. The caller holds the enterprise's lock."""
    return _FILES.filter(enterprise=enterprise, year=year).first()


def next_number(qualification: Qualification) -> int:
    """The number of the next round; the caller holds the file's lock."""
    return (qualification.rounds.aggregate(last=Max("number"))["last"] or 0) + 1


def move(
    qualification: Qualification,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    fields: list[str] | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """The one way a file's state changes, saved with ``fields`` and recorded."""
    before = qualification.state
    qualification.state = QUALIFICATION.target(before, verb)
    qualification.save(update_fields=["state", *(fields or [])])
    record(
        at=at,
        by=by,
        action=action,
        subject=qualification,
        from_state=before,
        to_state=qualification.state,
        reason=reason,
        details=details,
    )


def tell_enterprise(
    qualification: Qualification, event: str, *, at: datetime, **params: str
) -> None:
    """A message to the enterprise's account about its file of the year (N2)."""
    post_message(
        at=at,
        to=qualification.enterprise.account_id,
        event=event,
        params={"year": str(qualification.year), **params},
        link=HOME,
    )
