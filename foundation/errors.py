"""What an operation says when it will not do something.

Pages, admin and API show the sentence as it is, so it is plain Chinese and tells the reader what to do.
"""

from __future__ import annotations


class Refusal(Exception):
    """An act that a rule forbids now.

    ``sentence``: Chinese, for the user. ``rule``: the rulebook id ("B4"), empty when no rule is behind it.
    ``field``: the form field the sentence belongs to, empty for the act as a whole.
    """

    rule = ""

    def __init__(self, sentence: str, *, rule: str = "", field: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.rule = rule or type(self).rule
        self.field = field


class OutOfReach(Exception):
    """The object does not exist for this actor; every surface answers 404 (rulebook section 1)."""


class IllegalMove(Refusal):
    """A move that the table of legal moves does not have; usually a second click or a stale page."""
