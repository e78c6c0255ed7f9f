"""What of an unfinished form of E2 is kept, and when it says something new. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from enterprises.models import Profile
from enterprises.policies import PROFILE_FIELDS
from foundation.accounts.id_numbers import check_id_number
from foundation.errors import Refusal
from foundation.personal_text import is_mobile, plain_mobile

# Longer than any field takes: a draft is no store for other things.
FIELD_MAX = 400
# Never sent back to the browser (F5), so half of one could not be typed on and is not kept.
PERSONAL = ("legal_representative_id", "handler_id", "handler_mobile")
FIGURES = ("registered_capital", "revenue", "assets")


def draft_values(typed: Mapping[str, str], *, today: date) -> dict[str, str]:
    """What a draft keeps of a form: its own fields, within bounds, and personal data only when it is whole."""
    kept = {field: str(typed.get(field) or "").strip()[:FIELD_MAX] for field in PROFILE_FIELDS}
    for field in PERSONAL:
        kept[field] = _whole(field, kept[field], today)
    return {field: text.replace("\0", "") for field, text in kept.items() if text}


def _whole(field: str, text: str, today: date) -> str:
    if field == "handler_mobile":
        return plain_mobile(text) if is_mobile(text) else ""
    try:
        return check_id_number(text, today=today)
    except Refusal:
        return ""


def says_something_new(draft: Mapping[str, str], stored: Profile | None) -> bool:
    """Whether a draft differs from the saved data: an autosave that comes after the save itself does not."""
    if stored is None:
        return bool(draft)
    return any(
        text != as_typed(stored, field) and not _same_figure(field, text, stored)
        for field, text in draft.items()
    )


def as_typed(profile: Profile, field: str) -> str:
    """A stored field as the form's input has it."""
    value = getattr(profile, "district_id" if field == "district" else field)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value.isoformat() if isinstance(value, date) else str(value)


def _same_figure(field: str, text: str, stored: Profile) -> bool:
    if field not in FIGURES:
        return False
    try:
        return Decimal(text) == getattr(stored, field)
    except InvalidOperation:
        return False
