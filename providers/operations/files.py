"""A provider's registration: its lock, the one way its state changes, and whom to tell.

Locks: the provider's row first, then its account, change request or product; nothing here takes a voucher's or an
order's lock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from foundation.accounts.actors import Actor, require_not_party
from foundation.accounts.queries import contractor_accounts_of
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.notices.operations import post_message, post_messages
from providers.models import Provider
from providers.queries import reviewer_city_id
from providers.states import PROVIDER

HOME = "/provider/"


def lock_provider(provider: Provider) -> Provider:
    """The provider with its row locked until the transaction ends, its state read after the lock."""
    # Locked without joins: were the accreditation changed while this waits, the joined row would be lost.
    if Provider.objects.select_for_update().filter(pk=provider.pk).first() is None:
        raise OutOfReach(f"no provider {provider.pk}")
    return Provider.objects.select_related("accreditation", "city", "account").get(pk=provider.pk)


def require_impartial(by: Actor, provider: Provider) -> None:
    """Nobody decides about the institution that they represent (R3)."""
    require_not_party(by, provider.legal_representative_id_key, provider.contact_id_key)


def move(
    provider: Provider,
    verb: str,
    *,
    by: Actor,
    at: datetime,
    action: str,
    fields: list[str] | None = None,
    reason: str = "",
    details: dict[str, Any] | None = None,
) -> None:
    """The one way a registration's state changes, saved with ``fields`` and recorded."""
    before = provider.state
    provider.state = PROVIDER.target(before, verb)
    provider.save(update_fields=["state", *(fields or [])])
    record(
        at=at,
        by=by,
        action=action,
        subject=provider,
        from_state=before,
        to_state=provider.state,
        reason=reason,
        details=details,
    )


def tell_provider(
    provider: Provider, event: str, *, at: datetime, link: str = HOME, **params: str
) -> None:
    """A message to the provider's account (N2)."""
    post_message(at=at, to=provider.account_id, event=event, params=params, link=link)


def tell_reviewers(
    provider: Provider, event: str, *, at: datetime, link: str, **params: str
) -> None:
    """A message to every contractor account of the provider's level and city (P2, N2)."""
    reviewers = contractor_accounts_of(reviewer_city_id(provider)).values_list("pk", flat=True)
    post_messages(
        at=at,
        to=reviewers,
        event=event,
        params={"provider": provider.name, **params},
        link=link,
    )
