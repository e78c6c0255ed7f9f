"""Where a provider's registration stands: its steps, what is asked, and what to do next (P1, P2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse

from foundation.moments import local_day
from providers.models import Provider
from providers.policies import registering as rules
from providers.queries import last_round
from providers.states import ProviderState

STEPS = (
    ("details", "机构信息"),
    ("licence", "材料"),
    ("commitment", "承诺书"),
    ("check", "检查提交"),
    ("review", "核对结果"),
)

# The step on which a reviewer's item is mended.
STEP_OF_ITEM = {
    "details": "details",
    "contact": "details",
    "bank": "details",
    "licence": "licence",
    "commitment": "commitment",
}

STATE_TONES: dict[str, str] = {
    ProviderState.APPROVED: "good",
    ProviderState.SUBMITTED: "brand",
    ProviderState.RETURNED: "warn",
    ProviderState.REFUSED: "bad",
}


def step_url(step: str) -> str:
    """The address of a step of the registration."""
    if step in rules.MATERIALS:
        return reverse("providers:material", args=[step])
    return reverse(f"providers:{step}")


def steps_of(provider: Provider | None, current: str, at: datetime) -> list[dict[str, Any]]:
    """The steps for the stepper; what is done is told by what was handed in, not by the page that is open."""
    done = _steps_done(provider, at)
    return [
        {
            "label": label,
            "state": "current" if step == current else "done" if step in done else "todo",
            "url": step_url(step) if provider is not None else "",
        }
        for step, label in STEPS
    ]


def _steps_done(provider: Provider | None, at: datetime) -> set[str]:
    if provider is None:
        return set()
    done = {"details"}
    if provider.licence_id is not None:
        done.add("licence")
    fault = rules.commitment_fault(provider.committed_on, day=local_day(at))
    if provider.commitment_id is not None and not fault:
        done.add("commitment")
    if provider.state in {ProviderState.SUBMITTED, ProviderState.APPROVED, ProviderState.REFUSED}:
        done |= {"licence", "commitment", "check"}
    if provider.state in {ProviderState.APPROVED, ProviderState.REFUSED}:
        done.add("review")
    return done


def missing_of(provider: Provider, at: datetime) -> list[str]:
    """What is missing before submission (P2)."""
    return rules.missing_materials(
        has_licence=provider.licence_id is not None,
        has_commitment=provider.commitment_id is not None,
        committed_on=provider.committed_on,
        day=local_day(at),
    )


@dataclass(frozen=True)
class ItemReason:
    """One item that the reviewer wants mended: what it is, why, and where to mend it."""

    item: str
    label: str
    reason: str
    url: str


def reasons_of(provider: Provider) -> list[ItemReason]:
    """Item by item what the last send-back asks for, while it stands (P2)."""
    returned = last_round(provider) if provider.state == ProviderState.RETURNED else None
    given = returned.item_reasons if returned else {}
    return [
        ItemReason(item, label, given[item], step_url(STEP_OF_ITEM[item]))
        for item, label in rules.REVIEW_ITEMS.items()
        if item in given
    ]
