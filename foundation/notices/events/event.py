"""What an event has to say, and how much it matters (N2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """How much an event matters to its receiver; all kinds stand in the inbox, the account chooses what is mailed."""

    TODO = "待办"
    REMINDER = "提醒"
    RESULT = "结果"
    PROGRESS = "进度"


@dataclass(frozen=True)
class Event:
    """The template of one event: its words in the inbox and in the mail.

    ``subject``, ``text`` (what happened), ``todo`` (what the receiver does now, "" for nothing) and ``until`` (the last
    moment, "" for none) are ``str.format`` patterns over the message's params. ``button`` names the link.
    """

    subject: str
    text: str
    todo: str = ""
    until: str = ""
    button: str = "查看详情"
    kind: Kind = Kind.PROGRESS
