"""docs/security.md names tests that exist, and leaves out no requirement of ASVS 5.0 level 2."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")
# Levels 1 and 2: section, and its last requirement where they are numbered through, else which.
REQUIREMENTS = """
1.1:2 1.2:9 1.3:11 1.4:3 1.5:2 2.1:3 2.2:3 2.3:4 2.4:1 3.2:2 3.3:4 3.4:6 3.5:5 3.7:2 4.1:3 4.2:1 4.3:2 4.4:4
5.1:1 5.2:3 5.3:2 5.4:3 6.1:3 6.2:11 6.3:3 6.4:4 6.5:5 6.6:3 6.8:3 7.1:3 7.2:4 7.3:2 7.4:5 7.5:2 7.6:2
8.1:2 8.2:3 8.3:1 8.4:1 9.1:3 9.2:4 10.1:2 10.2:2 10.3:4 10.4:11 10.5:5 10.6:2 10.7:3
11.1:2 11.2:3 11.3:3 11.4:3 11.5:1 11.6:1 12.1:3 12.2:2 12.3:4 13.1:1 13.2:5 13.3:2 13.4:5
14.1:2 14.2:4 14.3:3 15.1:3 15.2:3 15.3:7 16.1:1 16.2:5 16.3:4 16.4:3 16.5:3
"""


def cited() -> list[tuple[str, str]]:
    return sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TEXT)))


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / "tests" / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    )


@pytest.mark.parametrize(("path", "name"), cited(), ids=lambda part: part)
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    assert name in names_in(path)


def test_many_are_named() -> None:
    assert len(cited()) > 100


def test_no_requirement_is_left_out_or_told_twice() -> None:
    wanted = {
        f"{section}.{number}"
        for section, last in (one.split(":") for one in REQUIREMENTS.split())
        for number in range(1, int(last) + 1)
    }
    rows = re.findall(r"^\| (\d+\.\d+\.\d+[^|]*) \|", TEXT, re.MULTILINE)
    found = [number for row in rows for number in re.findall(r"\d+\.\d+\.\d+", row)]
    assert len(found) == len(set(found))
    assert wanted - set(found) == set()


def test_what_is_not_met_says_so_in_bold() -> None:
    """Every row either names a test, or says why there is none to name."""
    excuses = (
        "does not apply",
        "Operator",
        "not used",
        "none",
        "**",
        "above",
        "operations.md",
        "stderr",
    )
    for line in TEXT.splitlines():
        if re.match(r"\| \d+\.\d+\.\d+", line) and "::" not in line:
            told = any(word in line for word in excuses) or len(line.split("|")[3]) > 10
            assert told, line
