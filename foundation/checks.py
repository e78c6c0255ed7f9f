"""What the portal checks for a reviewer: an outcome with its evidence. It asks for a closer look and decides nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from foundation.errors import Refusal

PASS, WARN, FAIL = "pass", "warn", "fail"


@dataclass(frozen=True)
class Check:
    """One automatic check. ``outcome``: pass, warn or fail; ``label`` and ``evidence`` are Chinese.

    ``item``: the item of a review that it speaks about, empty for the file as a whole.
    """

    outcome: str
    label: str
    evidence: str
    item: str = ""


def fails_if(fault: object, label: str, evidence: str, *, item: str = "") -> Check:
    """A check that fails when ``fault`` is true."""
    return Check(FAIL if fault else PASS, label, evidence, item)


def warns_if(doubt: object, label: str, evidence: str, *, item: str = "") -> Check:
    """A check that asks for a closer look when ``doubt`` is true."""
    return Check(WARN if doubt else PASS, label, evidence, item)


def beside(share: Decimal) -> str:
    """How far an amount is from what it is compared with, in words: 0.12 as 高 12.0%."""
    if not share:
        return "与之持平"
    return f"{'高' if share > 0 else '低'} {abs(share):.1%}"


def asked(label: str, evidence: str, check: Callable[..., None], *data: Any, **facts: Any) -> Check:
    """A policy's own answer: its refusal is the evidence of a failure."""
    try:
        check(*data, **facts)
    except Refusal as refusal:
        return Check(FAIL, label, "".join(one.sentence for one in refusal.all))
    return Check(PASS, label, evidence)


def file_warnings(label: str, warnings: Iterable[str], *, item: str = "") -> list[Check]:
    """What was noticed about a file when it was uploaded (F3)."""
    return [Check(WARN, f"{label}的清晰度和颜色", str(warning), item) for warning in warnings]


def counted(checks: Iterable[Check]) -> dict[str, int]:
    """How many of each outcome."""
    found = {PASS: 0, WARN: 0, FAIL: 0}
    for check in checks:
        found[check.outcome] += 1
    return found
