"""What a measurement prints, and whether it holds what is asked of the portal."""

from __future__ import annotations


class Report:
    """Lines on the screen as they come; what does not hold is repeated at the end."""

    def __init__(self) -> None:
        self.misses: list[str] = []

    def say(self, line: str) -> None:
        """One line."""
        print(line, flush=True)

    def heading(self, line: str) -> None:
        """The name of what follows."""
        print(f"\n== {line}", flush=True)

    def require(self, holds: bool, otherwise: str) -> None:
        """Remember ``otherwise`` unless it holds."""
        if not holds:
            self.misses.append(otherwise)

    def close(self) -> int:
        """The exit status: 0 when everything asked for holds."""
        print()
        for miss in self.misses:
            print(f"NOT HELD: {miss}")
        if not self.misses:
            print("Everything asked for holds.")
        return 1 if self.misses else 0
