"""The answers that are kept for calls that come again."""

from __future__ import annotations

from datetime import datetime

from foundation.api.models import KeptAnswer
from foundation.api.policies import ANSWERS_KEPT_FOR


def remove_old_answers(*, at: datetime, at_most: int) -> int:
    """Forget answers that nobody will ask for again; how many."""
    old = KeptAnswer.objects.filter(at__lt=at - ANSWERS_KEPT_FOR).order_by("at")
    chosen = list(old.values_list("pk", flat=True)[:at_most])
    return KeptAnswer.objects.filter(pk__in=chosen).delete()[0]
