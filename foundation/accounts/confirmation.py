"""The signed link by which the owner of a mailbox confirms it.

It names the account and a digest of the address, never the address: links stand in logs (F5).
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare

from foundation.accounts.models import User

VALID_FOR = timedelta(hours=48)
_SALT = "foundation.accounts.confirmation"


def link_until(asked_at: datetime) -> datetime:
    """The last moment at which a link for an address asked for at ``asked_at`` confirms it."""
    return asked_at + VALID_FOR


def make_token(account: User) -> str:
    """The token for the address the account waits to have confirmed; another address makes it worthless."""
    assert account.email_asked_at is not None, "an address waits for confirmation"
    digest = _digest(account.email_asked, account.email_asked_at)
    return signing.dumps([account.pk, digest], salt=_SALT)


def account_in(token: str) -> int | None:
    """The primary key of the account a token was made for; None for anything we did not sign."""
    read = _read(token)
    return read[0] if read else None


def fits(token: str, account: User) -> bool:
    """Whether the token was made for the very address that waits now."""
    read = _read(token)
    if read is None or account.email_asked_at is None or read[0] != account.pk:
        return False
    return constant_time_compare(read[1], _digest(account.email_asked, account.email_asked_at))


def _read(token: str) -> tuple[int, str] | None:
    try:
        pk, digest = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError):
        return None
    return pk, digest


def _digest(address: str, asked_at: datetime) -> str:
    return hashlib.sha256(f"{address}\n{asked_at.timestamp()}".encode()).hexdigest()[:32]
