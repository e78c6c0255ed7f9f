"""Reading tokens."""

from __future__ import annotations

import hashlib
from datetime import datetime

from django.db.models import QuerySet
from django.utils.crypto import constant_time_compare

from foundation.accounts.models import User
from foundation.accounts.queries import authenticator_of
from foundation.accounts.sessions import second_factor_asked_of
from foundation.api.models import AccessToken


def digest_of(text: str) -> str:
    """What is kept of a token's text. The text has 256 random bits, so a plain digest cannot be searched."""
    return hashlib.sha256(text.encode()).hexdigest()


def tokens_of(account: User) -> QuerySet[AccessToken]:
    """The tokens of an account, newest first, those that open nothing any more included."""
    return AccessToken.objects.filter(account=account).order_by("-pk")


def live_token(text: str, *, at: datetime) -> AccessToken | None:
    """The token with this text and its account, if it opens anything at ``at``; None otherwise.

    As with a session, account and password must be as they were. Staff must have their second factor by now.
    """
    found = (
        AccessToken.objects.select_related("account__person")
        .filter(digest=digest_of(text), account__is_active=True)
        .first()
    )
    if found is None or not found.is_live(at) or not is_as_it_was(found, found.account):
        return None
    return None if lacks_second_factor(found.account) else found


def lacks_second_factor(account: User) -> bool:
    """Whether the account may sign in with a second factor only, and has none."""
    return second_factor_asked_of(account) and authenticator_of(account) is None


def is_as_it_was(token: AccessToken, account: User) -> bool:
    """Whether the token's account still has the password, and the epoch, under which the token was made."""
    if account.password_temporary or not account.role:
        return False
    hashes = (account.get_session_auth_hash(), *account.get_session_auth_fallback_hash())
    return any(constant_time_compare(token.session_hash, one) for one in hashes)
