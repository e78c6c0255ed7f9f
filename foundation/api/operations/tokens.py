"""Tokens: made, noted as used, and made worthless."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.accounts.sessions import is_staff_account
from foundation.api import policies
from foundation.api.models import AccessToken
from foundation.api.queries import digest_of, lacks_second_factor, tokens_of
from foundation.audit.operations import record
from foundation.errors import OutOfReach
from foundation.moments import spoken
from foundation.notices.operations import post_message

# Secret scanners find a token by its beginning wherever it was left lying.
PREFIX = "fwq_"


def make_token(
    *, by: Actor, at: datetime, name: str, days: int, read_only: bool = False
) -> tuple[AccessToken, str]:
    """A token for the actor's own account, and its text: this once, only a digest is kept.

    It lives ``days``, and no longer than the account's password. Raises UnableToMakeToken.
    """
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        account = User.objects.select_for_update().get(pk=by.user.pk)
        policies.require_account_ready(
            has_role=bool(account.role),
            is_password_temporary=account.password_temporary,
            lacks_second_factor=lacks_second_factor(account),
        )
        live = tokens_of(account).filter(revoked_at=None, expires_at__gte=at).count()
        name = policies.require_sound_token(
            name=name, days=days, is_staff=is_staff_account(account), live=live
        )
        token = AccessToken.objects.create(
            account=account,
            name=name,
            digest=digest_of(text),
            hint=text[-4:],
            read_only=read_only,
            session_hash=account.get_session_auth_hash(),
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
        record(
            at=at,
            by=by,
            action="make_token",
            subject=account,
            details={"token": token.pk, "days": days, "read_only": read_only},
        )
        # Whoever sits at a session left open can make one; its owner shall hear of it.
        post_message(
            at=at,
            to=account.pk,
            event="access_token_made",
            params={"name": name, "until": spoken(token.expires_at)},
            link="/account/tokens/",
        )
    return token, text


def revoke_token(*, by: Actor, at: datetime, pk: int) -> AccessToken:
    """Make one of the actor's own tokens worthless at once; one that is already stays as it is."""
    if by.user is None:
        raise OutOfReach("nobody is signed in")
    with transaction.atomic():
        token = tokens_of(by.user).select_for_update().filter(pk=pk).first()
        if token is None:
            raise OutOfReach(f"token {pk}")
        if token.revoked_at is None:
            token.revoked_at = at
            token.save(update_fields=["revoked_at"])
            record(
                at=at, by=by, action="revoke_token", subject=by.user, details={"token": token.pk}
            )
    return token


def note_use(*, token: AccessToken, at: datetime) -> None:
    """Keep that a token was used, now and then."""
    before = at - policies.USE_NOTED_EVERY
    if token.last_used_at is None or token.last_used_at < before:
        unnoted = Q(last_used_at=None) | Q(last_used_at__lt=before)
        AccessToken.objects.filter(unnoted, pk=token.pk).update(last_used_at=at)
