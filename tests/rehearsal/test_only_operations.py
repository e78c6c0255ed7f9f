"""The floor plays by the rules: it writes through operations only, and has one clock and one source of chance."""

from __future__ import annotations

import re
from pathlib import Path

import rehearsal

FOLDER = Path(rehearsal.__file__).parent
COMMANDS = FOLDER / "management" / "commands"
# A province's season is made by sets of rows (docs/adr/0029).
LARGE = FOLDER / "large"

WRITES = re.compile(
    r"\.(save|create|bulk_create|bulk_update|update|update_or_create|get_or_create|delete|execute)\("
)
CLOCKS = re.compile(r"timezone\.now|datetime\.now|date\.today|time\.time\(|monotonic")
CHANCE = re.compile(r"\bimport random\b|\bhash\(|uuid|secrets|urandom")


def found(pattern: re.Pattern[str], *, commands: bool, large: bool = True) -> list[str]:
    """Every line of the floor that matches, as file and text."""
    return [
        f"{path.relative_to(FOLDER)}: {line.strip()}"
        for path in sorted(FOLDER.rglob("*.py"))
        if (commands or COMMANDS not in path.parents) and (large or LARGE not in path.parents)
        for line in path.read_text(encoding="utf-8").splitlines()
        if pattern.search(line)
    ]


def test_rows_are_written_by_operations_only() -> None:
    assert found(WRITES, commands=True, large=False) == []


def test_only_the_commands_read_the_clock() -> None:
    """seed_demo reads today, simulate_season how long it takes; the plays are told the moment."""
    assert found(CLOCKS, commands=False) == []


def test_all_chance_comes_from_seeded_generators() -> None:
    assert found(CHANCE, commands=True) == []
