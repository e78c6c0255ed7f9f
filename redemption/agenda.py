"""The ends of publicity periods of a provider's claims, for its calendar (R4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from foundation.accounts.models import User
from foundation.agenda import Deadline
from foundation.moments import spoken
from redemption.queries import claims_visible_to, publicity_end_shown
from redemption.states import ClaimState


def agenda(user: User, at: datetime) -> Iterator[Deadline]:
    """One for each claim on public view; one whose calendar is not loaded is left out (B7)."""
    claims = claims_visible_to(user).filter(state=ClaimState.PUBLISHED)
    for claim in claims.select_related("publicity__programme"):
        ends_at = publicity_end_shown(claim.publicity) if claim.publicity else None
        if ends_at is not None and ends_at >= at:
            yield Deadline(
                key=f"claim-{claim.pk}",
                ends_at=ends_at,
                summary=f"兑现申请 {claim.number} 公示期满",
                text=f"公示至 {spoken(ends_at)}，期满无异议后由承办单位办理拨付。",
                link=f"/claims/{claim.pk}/",
            )
