"""What a review screen shows and what can be decided on it, said by each app in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foundation.checks import Check
from foundation.documents.models import Document


@dataclass(frozen=True)
class Fact:
    """A line to compare with the papers; ``former``: what it was before, empty when nothing changed."""

    label: str
    value: str
    former: str = ""
    url: str = ""


@dataclass(frozen=True)
class Item:
    """One thing to look at: its facts, the file that proves it, and the reasons usually given when it is wrong.

    ``ticked``: it is found in order or not by itself, else it is only shown.
    """

    key: str
    label: str
    facts: Sequence[Fact] = ()
    reasons: Sequence[str] = ()
    file: int = 0
    ticked: bool = True


@dataclass(frozen=True)
class File:
    """A document of the viewer under the name of what it is."""

    label: str
    document: Document


@dataclass(frozen=True)
class Decision:
    """A button. ``operation`` is called with ``by``, ``at`` and what ``needs`` asks the form for:

    - "ticks": every item found in order; nothing more is passed on
    - "faults": at least one item with a reason; ``item_reasons``
    - "reason": a reason for the whole; ``reason``
    - "": nothing

    ``key_letter``: its keyboard shortcut; ``reasons``: offered for "reason"; ``ends``: the file leaves the queue;
    ``sensitive``: who decides has proved lately who they are.
    """

    key: str
    label: str
    operation: Callable[..., Any]
    needs: str = ""
    tone: str = "outline-primary"
    key_letter: str = ""
    done: str = "已完成。"
    reasons: Sequence[str] = ()
    arguments: Mapping[str, Any] = field(default_factory=dict)
    ends: bool = True
    why_not: str = ""
    sensitive: bool = False


@dataclass(frozen=True)
class Sheet:
    """One file, or one part of it, as it is reviewed.

    ``seen``: what was looked at, sent back with the decision, so that nothing submitted since is decided unseen.
    ``parts``: the other parts of a file that is reviewed part by part.
    """

    items: Sequence[Item]
    checks: Sequence[Check]
    files: Sequence[File]
    decisions: Sequence[Decision] = ()
    seen: str = ""
    lead: str = ""
    facts: Sequence[Fact] = ()
    parts: Sequence[Part] = ()
    part: str = ""
    notes: Sequence[str] = ()

    def checks_of(self, item: str) -> list[Check]:
        """What was checked about one item."""
        return [check for check in self.checks if check.item == item]


@dataclass(frozen=True)
class Part:
    """A part of the file in the list beside: its address, state and tone; ``note`` is why it is so."""

    key: str
    label: str
    url: str
    state: str
    tone: str = "neutral"
    amount: str = ""
    note: str = ""
    current: bool = False
