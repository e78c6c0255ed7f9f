"""The moving clock: acts in the order of their moments."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Act = Callable[[datetime], object]


class Agenda:
    """Acts to come. Two of the same moment are done in the order in which they were planned."""

    def __init__(self) -> None:
        self._acts: list[tuple[datetime, int, Act]] = []
        self._order = count()
        self.now: datetime | None = None

    def at(self, moment: datetime, act: Act) -> None:
        """Plan ``act`` for ``moment``, which is not before the act that is being done."""
        if self.now is not None and moment < self.now:
            raise ValueError(f"{moment} is past: it is {self.now}")
        heapq.heappush(self._acts, (moment, next(self._order), act))

    def play(self, after_each: Callable[[datetime], None] = lambda at: None) -> None:
        """Do everything in time order, the acts that acts plan included."""
        while self._acts:
            self.now, _, act = heapq.heappop(self._acts)
            act(self.now)
            after_each(self.now)
