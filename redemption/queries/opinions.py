"""Opinions of experts that are still to come (R2)."""

from __future__ import annotations

from django.db.models import QuerySet

from redemption.models import ExpertOpinion
from redemption.policies import ADVISABLE_STATES


def waiting_opinions(opinions: QuerySet[ExpertOpinion]) -> QuerySet[ExpertOpinion]:
    """Those not given while the claim is still in first review: afterwards nobody can give one."""
    return opinions.filter(given_at=None, claim__state__in=ADVISABLE_STATES)
