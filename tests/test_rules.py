"""Every rule has its line in docs/rules.md, code that exists, and a test that carries its id."""

from __future__ import annotations

import ast
import re
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SECTIONS = {"G": 3, "E": 8, "P": 7, "B": 9, "V": 7, "O": 9, "R": 7, "S": 1, "N": 3}
RULES = [f"{letter}{number}" for letter, last in SECTIONS.items() for number in range(1, last + 1)]
LINE = re.compile(r"^\| ([A-Z]\d) \| (.+?) \| (.+?) \|$", re.MULTILINE)


@cache
def lines() -> dict[str, str]:
    text = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")
    return {rule: where for rule, _words, where in LINE.findall(text)}


@cache
def marked() -> set[str]:
    found: set[str] = set()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.rule":
                found |= {arg.value for arg in node.args if isinstance(arg, ast.Constant)}
    return found


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_has_its_line_and_its_test(rule):
    assert rule in lines(), f"docs/rules.md has no line for {rule}"
    assert rule in marked(), f'no test carries @pytest.mark.rule("{rule}")'


def test_every_name_in_the_table_exists():
    for rule, where in lines().items():
        names = re.findall(r"`([\w.]+)`", where)
        assert names, rule
        for name in names:
            module, _, attribute = name.rpartition(".")
            assert hasattr(import_module(module), attribute), f"{rule}: {name}"


def test_marks_name_known_rules():
    assert marked() <= set(lines()) | {"F2", "F3"}
