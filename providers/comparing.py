"""What changed from one version of a product to the next, line by line (P6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from providers.models import ProductVersion
from providers.queries import evidence_of
from providers.wording import version_facts


@dataclass(frozen=True)
class Part:
    """A piece of a line; ``changed`` when the other version does not have it."""

    text: str
    changed: bool


@dataclass(frozen=True)
class Change:
    """One fact that differs: its lines before and now, each in parts."""

    label: str
    before: list[list[Part]]
    now: list[list[Part]]


def changes_between(former: ProductVersion, version: ProductVersion) -> list[Change]:
    """The facts and files that differ, in the manual's order."""
    before = dict(_all_facts(former))
    now = dict(_all_facts(version))
    labels = [*now, *(label for label in before if label not in now)]
    return [
        _change(label, before.get(label, []), now.get(label, []))
        for label in labels
        if before.get(label, []) != now.get(label, [])
    ]


def _all_facts(version: ProductVersion) -> list[tuple[str, list[str]]]:
    # The basis stands under one label whatever it is, so that a changed kind of basis is one change.
    facts = [
        ("收费标准", [version.get_price_basis_display(), *lines])
        if label.startswith("收费标准")
        else (label, lines)
        for label, lines in version_facts(version)
    ]
    files = [
        f"{item.get_kind_display()}{f'（第 {item.set_number} 套）' if item.set_number else ''}："
        f"{item.document.name}"
        for item in evidence_of(version)
    ]
    return [*facts, ("证明材料", files)]


def _change(label: str, before: Sequence[str], now: Sequence[str]) -> Change:
    old: list[list[Part]] = []
    new: list[list[Part]] = []
    matcher = SequenceMatcher(None, before, now, autojunk=False)
    for kind, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if kind == "replace" and to_old - from_old == to_new - from_new:
            for one, other in zip(before[from_old:to_old], now[from_new:to_new], strict=True):
                left, right = _within(one, other)
                old.append(left)
                new.append(right)
        else:
            is_changed = kind != "equal"
            old += [[Part(line, is_changed)] for line in before[from_old:to_old]]
            new += [[Part(line, is_changed)] for line in now[from_new:to_new]]
    return Change(label, old, new)


def _within(one: str, other: str) -> tuple[list[Part], list[Part]]:
    left: list[Part] = []
    right: list[Part] = []
    for kind, from_one, to_one, from_other, to_other in SequenceMatcher(
        None, one, other, autojunk=False
    ).get_opcodes():
        is_changed = kind != "equal"
        if to_one > from_one:
            left.append(Part(one[from_one:to_one], is_changed))
        if to_other > from_other:
            right.append(Part(other[from_other:to_other], is_changed))
    return left, right
