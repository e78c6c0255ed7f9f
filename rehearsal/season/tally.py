"""What came of the acts of a season, and the chance that deals them out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from foundation.errors import Refusal

Result = TypeVar("Result")


class Tally:
    """How often each thing happened, and how often each rule refused something it should.

    ``faults``: what should not have happened, in Chinese.
    """

    def __init__(self) -> None:
        self.events: Counter[str] = Counter()
        self.refusals: Counter[str] = Counter()
        self.faults: list[str] = []

    def count(self, event: str, times: int = 1) -> None:
        """Something happened."""
        self.events[event] += times

    def refuse(self, refusal: Refusal) -> None:
        """A rule did its work."""
        self.refusals[f"{refusal.rule} {type(refusal).__name__}".strip()] += 1

    def attempt(
        self, event: str, act: Callable[[], Result], *expected: type[Refusal]
    ) -> Result | None:
        """Do ``act`` and count ``event``; one of the ``expected`` refusals is counted by its rule, and None comes back.

        Any other refusal is a fault of the play or of the portal, and ends the season.
        """
        try:
            result = act()
        except expected as refusal:
            self.refuse(refusal)
            return None
        self.events[event] += 1
        return result

    def must_refuse(self, act: Callable[[], object], *expected: type[Refusal]) -> None:
        """Do what a rule forbids; AssertionError when it is not refused."""
        try:
            act()
        except expected as refusal:
            self.refuse(refusal)
        else:
            raise AssertionError(f"not refused: {' or '.join(one.__name__ for one in expected)}")


class Deck:
    """Cards drawn in a shuffled order; when it is empty the same cards are shuffled again.

    So that rare things happen even in a small season, and as often as planned in a large one.
    """

    def __init__(self, cards: dict[str, int], shuffle: Callable[[list[str]], None]) -> None:
        self._cards = [card for card, times in cards.items() for _ in range(times)]
        self._shuffle = shuffle
        self._left: list[str] = []

    def draw(self) -> str:
        """The next card."""
        if not self._left:
            self._left = list(self._cards)
            self._shuffle(self._left)
        return self._left.pop()
