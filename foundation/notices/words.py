"""The words of a message, made when it is shown or mailed (N2)."""

from __future__ import annotations

from foundation.notices.events import EVENTS
from foundation.notices.models import Message


class _Params(dict[str, object]):
    """A message written before a placeholder was added is still shown, with a gap."""

    def __missing__(self, key: str) -> str:
        return ""


def render_message(message: Message) -> tuple[str, str]:
    """Subject (one line) and text of a message; an event that is no more has a plain subject and no text."""
    event = EVENTS.get(message.event)
    if event is None:
        return "系统消息", ""
    params = _Params(message.params)
    subject = " ".join(event.subject.format_map(params).split())
    return subject, event.text.format_map(params)
