"""Noting how a job went."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from foundation.jobs.models import JobRun


def note_run(*, at: datetime, name: str, seconds: float, done: int | None) -> None:
    """Note that the job ``name`` began at ``at`` and took ``seconds``; ``done`` is how much it did, None: it failed.

    Two at once do no harm: each counts itself.
    """
    _note(at=at, name=name, seconds=seconds, done=done or 0, failed=done is None)


def note_proof(*, at: datetime, name: str, seconds: float, breaks: int) -> None:
    """Note that the proof ``name`` found so many breaks; one with none went well."""
    _note(at=at, name=name, seconds=seconds, done=breaks, failed=breaks > 0)


def _note(*, at: datetime, name: str, seconds: float, done: int, failed: bool) -> None:
    fresh: dict[str, object] = {
        "began_at": at,
        "milliseconds": round(seconds * 1000),
        "done": done,
        ("failed_at" if failed else "succeeded_at"): at,
    }
    counted = {"runs": F("runs") + 1, "failures": F("failures") + int(failed)}
    if JobRun.objects.filter(name=name).update(**fresh, **counted):
        return
    made, is_new = JobRun.objects.get_or_create(
        name=name, defaults={**fresh, "runs": 1, "failures": int(failed)}
    )
    if not is_new:
        JobRun.objects.filter(pk=made.pk).update(**fresh, **counted)
