"""The list that is gone through before handing in: each item, its tick or cross, and where to mend it (E2, E3, E6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from enterprises.models import Qualification, QualificationRound, SizeClass
from enterprises.policies import REVIEW_ITEMS, SLOTS, missing_items
from enterprises.rounds import shown, untouched_items
from enterprises.states import QualificationState

# The field that the link of an item leads to; of a group the first one.
_FIRST_FIELD = {"figures": "industry"}
NOT_A_LEGAL_PERSON = "不具有独立法人资格的，即使核对通过也不能申领服务券；如填写有误请修改。"
_LARGE = "按填报数据测算属于大型企业，不能提交；如行业或数额有误请修改。"


@dataclass(frozen=True)
class Check:
    """One line of the list before handing in: ``value`` is what is there, ``remedy`` what is wrong with it."""

    label: str
    met: bool
    remedy: str = ""
    value: str = ""
    url: str = ""
    link: str = ""


def address_of(item: str) -> str:
    """The very place where an item of a file is filled in."""
    if item in SLOTS:
        return f"{reverse('enterprises:materials')}#slot-{item}"
    return f"{reverse('enterprises:profile')}#id_{_FIRST_FIELD.get(item, item)}"


def check_list(
    qualification: Qualification,
    *,
    last_round: QualificationRound | None,
    has_draft: bool,
    is_open: bool,
    at: datetime,
) -> list[Check]:
    """Every item of the file, in the order of the form, with what is in it and what is still to be done.

    ``is_open``: the file can be handed in, so each item leads to where it is changed.
    """
    faults = _faults(qualification, last_round, at)
    rows = []
    if has_draft:
        rows.append(
            Check(
                label="基本信息有自动保存、尚未保存的修改",
                met=False,
                remedy="提交的是最近一次“保存”的内容。请先保存或放弃这些修改。",
                url=reverse("enterprises:profile"),
                link="去处理",
            )
        )
    for item, (label, _) in REVIEW_ITEMS.items():
        fault = faults.get(item, "")
        rows.append(
            Check(
                label=label,
                met=not fault,
                value=_value(qualification, item),
                remedy=fault,
                url=address_of(item) if is_open else "",
                link="去补正" if fault else "修改",
            )
        )
    return rows


def _faults(
    qualification: Qualification, last_round: QualificationRound | None, at: datetime
) -> dict[str, str]:
    """The sentence of each item that is not in order."""
    faults: dict[str, str] = {}
    profile = qualification.profile
    if not profile.is_legal_person:
        faults["is_legal_person"] = NOT_A_LEGAL_PERSON
    if profile.size_class == SizeClass.LARGE:
        faults["figures"] = _LARGE
    if qualification.state == QualificationState.RETURNED and last_round is not None:
        for item, reason in untouched_items(qualification, last_round).items():
            faults[item] = f"退回原因：{reason}（尚未修改）"
    for item, sentence in missing_items(qualification, at=at):
        faults["figures" if item == "profile" else item] = sentence
    return faults


def _value(qualification: Qualification, item: str) -> str:
    if item in SLOTS:
        document = getattr(qualification, item)
        return document.name if document else ""
    profile, fields = qualification.profile, REVIEW_ITEMS[item][1]
    words = [shown(profile, field) for field in _ORDER if field in fields]
    if item == "figures":
        words.append(f"{profile.get_size_class_display()}企业")
    return "，".join(words)


_ORDER = (
    "name",
    "legal_representative",
    "legal_representative_id",
    "is_legal_person",
    "district",
    "address",
    "registered_capital",
    "founded_on",
    "industry",
    "employees",
    "revenue",
    "assets",
    "handler",
    "handler_id",
    "handler_mobile",
)
