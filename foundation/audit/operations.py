"""Writing the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models

from foundation.accounts.actors import Actor
from foundation.audit.models import AuditEntry
from foundation.errors import Refusal
from foundation.personal_text import holds_personal_data

# The filters of lists that are typed: of the desk's and of the dashboards'.
WORDS = frozenset({"q", "text"})


class PersonalDataInReason(Refusal):
    """A reason that names a person by number (F5)."""

    rule = "F5"


def record(
    *,
    at: datetime,
    by: Actor,
    action: str,
    subject: models.Model,
    from_state: str = "",
    to_state: str = "",
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry in the caller's transaction. ``action`` is the operation's name, ``details`` is JSON.

    Never put an ID number or a phone number into ``details``; a ``reason`` with one is refused, and the act with it:
    what is sealed can never be taken out again (F5). Raises PersonalDataInReason.
    """
    if holds_personal_data(reason):
        raise PersonalDataInReason(
            "请勿填写身份证号码或手机号码：办理记录永久保存，不能删改。请改用文字说明。",
            field="reason",
        )
    return AuditEntry.objects.create(
        at=at,
        actor=by.user,
        actor_label=by.label,
        role=by.role,
        address=by.address,
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=subject.pk,
        from_state=from_state,
        to_state=to_state,
        reason=reason,
        details=details or {},
    )


def note_export(
    *, at: datetime, by: Actor, listed: str, filters: dict[str, str], rows: int
) -> AuditEntry:
    """Note that a staff account took a list out of the portal: which, by which filters, and how many rows.

    Words that were searched for may name a person, so only that there were some is kept (F5).
    """
    assert by.user is not None, "lists are exported by accounts"
    words = {key: value for key, value in filters.items() if key in WORDS}
    kept = {key: value for key, value in filters.items() if key not in WORDS}
    return record(
        at=at,
        by=by,
        action="export_list",
        subject=by.user,
        details={
            "list": listed,
            "filters": kept,
            "searched": any(words.values()),
            "rows": rows,
        },
    )
