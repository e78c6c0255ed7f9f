"""The portal's jobs, run at a moment of the play instead of now; the outbox is left alone, nobody is mailed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime

from django.utils.module_loading import import_string

RANKING = ("vouchers.tasks.rank_closed_batches",)
# What is over when a day is over.
MIDNIGHT = (
    "orders.tasks.lapse_due_orders",
    "vouchers.tasks.reclaim_unused",
    "redemption.tasks.close_publicity",
)
MORNING = (
    "vouchers.tasks.publish_due_results",
    "vouchers.tasks.grant_waiting",
    "enterprises.tasks.remind",
    "vouchers.tasks.remind_holders",
    "orders.tasks.remind",
    "redemption.tasks.remind",
)
EVERYTHING = (*RANKING, MORNING[0], *MIDNIGHT, *MORNING[1:])


def run_jobs(at: datetime, jobs: Iterable[str] = EVERYTHING) -> dict[str, int]:
    """Run ``jobs`` for the moment ``at``: how much each did, by app and name; a fault is not swallowed."""
    done: dict[str, int] = {}
    for path in jobs:
        job: Callable[[datetime], int] = import_string(path)
        app, _, name = path.split(".")
        done[f"{app}.{name}"] = job(at)
    return done
