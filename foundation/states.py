"""The one way a state changes: a table of legal moves per aggregate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices

from foundation.errors import IllegalMove


@dataclass(frozen=True)
class StateMachine:
    """Legal moves of one aggregate: ``moves[verb] = (from states, to state)``.

    ``docs/states.md`` is drawn from the registered machines, and a check compares the two.
    """

    name: str
    states: type[TextChoices]
    initial: TextChoices
    moves: Mapping[str, tuple[tuple[TextChoices, ...], TextChoices]] = field(default_factory=dict)

    def target(self, current: str, verb: str) -> str:
        """The state ``verb`` leads to from ``current``; raises IllegalMove when there is no such move."""
        sources, target = self.moves[verb]
        if current not in {str(source) for source in sources}:
            label = self.states(current).label
            raise IllegalMove(f"当前状态为“{label}”，不能进行此操作，请刷新页面查看最新状态。")
        return str(target)

    def allows(self, current: str, verb: str) -> bool:
        """Whether ``verb`` may be done from ``current``."""
        return current in {str(source) for source in self.moves[verb][0]}
