"""What changed from one round of submission to another, in words and with personal data masked (E6, F5). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from enterprises.models import Profile, Qualification, QualificationRound
from enterprises.policies import PROFILE_FIELDS, REVIEW_ITEMS, SLOTS
from foundation.moments import spoken_day
from foundation.personal_data import mask_id_number, mask_mobile

_UNITS = {"employees": " 人", "registered_capital": " 万元", "revenue": " 万元", "assets": " 万元"}
NOT_SHOWN = "（内容不显示）"


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was."""

    label: str
    before: str
    after: str


def shown(profile: Profile, field: str) -> str:
    """A field of E2 as a page may show it."""
    value = getattr(profile, field)
    if field in {"legal_representative_id", "handler_id"}:
        return mask_id_number(value)
    if field == "handler_mobile":
        return mask_mobile(value)
    if field == "is_legal_person":
        return "是" if value else "否"
    if field == "industry":
        return profile.get_industry_display()
    if field == "founded_on":
        return spoken_day(value)
    if field in _UNITS:
        return f"{value:,}".removesuffix(".00") + _UNITS[field]
    return str(value)


def changes_between(earlier: QualificationRound, later: QualificationRound) -> list[Change]:
    """What the enterprise changed between two of its submissions."""
    changes = [
        _change(PROFILE_FIELDS[field], shown(earlier.profile, field), shown(later.profile, field))
        for field in PROFILE_FIELDS
        if getattr(earlier.profile, field) != getattr(later.profile, field)
    ]
    for slot, label in SLOTS.items():
        before, after = getattr(earlier, slot), getattr(later, slot)
        if before.pk != after.pk:
            changes.append(Change(label, before.name, f"已更换：{after.name}"))
    return changes


def _change(label: str, before: str, after: str) -> Change:
    """Two values that look the same under their masks are only said to differ."""
    return Change(label, NOT_SHOWN, "已修改") if before == after else Change(label, before, after)


def untouched_items(
    qualification: Qualification, returned: QualificationRound
) -> Mapping[str, str]:
    """Items of a send-back that are still as they were, with the reason of each (E6)."""
    return {
        item: reason
        for item, reason in returned.item_reasons.items()
        if not any(_touched(qualification, returned, field) for field in REVIEW_ITEMS[item][1])
    }


def _touched(qualification: Qualification, returned: QualificationRound, field: str) -> bool:
    if field in SLOTS:
        now, then = getattr(qualification, f"{field}_id"), getattr(returned, f"{field}_id")
        return bool(now != then)
    return bool(getattr(qualification.profile, field) != getattr(returned.profile, field))
