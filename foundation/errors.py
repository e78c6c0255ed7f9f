"""What an operation says when it will not do something.

Pages, admin and API show the sentence as it is, so it is plain Chinese and tells the reader what to do.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

Stated = TypeVar("Stated")


class Refusal(Exception):
    """An act that a rule forbids now.

    ``sentence``: Chinese, for the user. ``rule``: the rulebook id ("B4"), empty when no rule is behind it.
    ``field``: the form field the sentence belongs to, empty for the act as a whole. ``others``: what else stands
    against the same act, so that the user can mend everything at once.
    """

    rule = ""
    others: tuple[Refusal, ...] = ()

    def __init__(self, sentence: str, *, rule: str = "", field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.rule = rule or type(self).rule
        self.field = field

    @property
    def all(self) -> tuple[Refusal, ...]:
        """This refusal and the others."""
        return (self, *self.others)


class Unstated(Exception):
    """A check asks for a value that was not given, or could not be read."""


class OutOfReach(Exception):
    """The object does not exist for this actor; every surface answers 404 (rulebook section 1)."""


class IllegalMove(Refusal):
    """A move that the table of legal moves does not have; usually a second click or a stale page."""


def refusals(*checks: Callable[[], object]) -> list[Refusal]:
    """Run every check and collect what they refuse; a check that asks for something unstated is passed over."""
    found: list[Refusal] = []
    for check in checks:
        try:
            check()
        except Refusal as refusal:
            found += refusal.all
        except Unstated:
            pass
    return found


def refuse(found: Sequence[Refusal]) -> None:
    """Raise the first refusal, if there is one, with the others beside it."""
    if found:
        found[0].others = tuple(found[1:])
        raise found[0]


def require_each(*checks: Callable[[], object]) -> None:
    """Run every check and raise what they refuse as one."""
    refuse(refusals(*checks))


class _Partly:
    def __init__(self, stated: Mapping[str, Any]) -> None:
        self._stated = stated

    def __getattr__(self, name: str) -> Any:
        try:
            return self._stated[name]
        except KeyError:
            raise Unstated(name) from None


def partly(kind: type[Stated], stated: Mapping[str, Any]) -> Stated:
    """What a form with errors could still read of a ``kind``; asking for the rest raises Unstated."""
    return cast(Stated, _Partly(stated))
