"""Sweepers: they make visible what the clock already decided, and remind. Twice, late or at once is harmless."""

from __future__ import annotations

import logging
from datetime import datetime

from foundation.accounts.actors import job
from foundation.errors import Refusal
from redemption.models import PublicityList
from redemption.operations.publishing import close_publicity_list
from redemption.operations.reminding import remind_of_claims

logger = logging.getLogger(__name__)


def close_publicity(at: datetime) -> int:
    """Close every public list whose period is over and whose objections are answered (R4); how many."""
    closed = 0
    due = PublicityList.objects.filter(closed_at__isnull=True).select_related("programme__city")
    for publicity in due:
        try:
            closed += close_publicity_list(by=job("close_publicity"), at=at, publicity=publicity)
        except Refusal as refusal:
            # One list whose calendar is unknown (B7) does not hold up the others.
            logger.warning("publicity list %s not closed: %s", publicity.pk, refusal.sentence)
    return closed


def remind(at: datetime) -> int:
    """Remind whoever keeps a claim or objection waiting (V7); how many messages."""
    return remind_of_claims(at=at)
