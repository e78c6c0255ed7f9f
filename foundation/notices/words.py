"""The words of a message, made when it is shown or mailed (N2)."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.http import url_has_allowed_host_and_scheme

from foundation.notices.events import EVENTS, TYPED, Event, Kind
from foundation.notices.models import Message

NOT_MAILED = "请登录平台查看"
_UNKNOWN = Event("系统消息", "")


class _Params(dict[str, object]):
    """A message written before a placeholder was added is still shown, with a gap."""

    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class Words:
    """What a message says: ``todo`` and ``until`` are empty when nothing is to be done, ``link`` when there is none."""

    subject: str
    text: str
    todo: str
    until: str
    button: str
    kind: Kind
    link: str


def words_of(message: Message, *, mailed: bool = False) -> Words:
    """The words of a message; an event that is no more has a plain subject and no text.

    ``mailed``: what people typed is left out, for mail is read by whoever has the mailbox (F5).
    """
    event = EVENTS.get(message.event, _UNKNOWN)
    params = _Params(message.params)
    if mailed:
        params.update({name: NOT_MAILED for name in TYPED & params.keys()})
    is_ours = url_has_allowed_host_and_scheme(message.link, allowed_hosts=None)
    return Words(
        subject=_one_line(event.subject.format_map(params)),
        text=event.text.format_map(params),
        todo=event.todo.format_map(params),
        until=event.until.format_map(params),
        button=event.button,
        kind=event.kind,
        link=message.link if is_ours else "",
    )


def _one_line(text: str) -> str:
    """One line without control characters, fit for the head of a mail."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
