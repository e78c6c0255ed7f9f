"""Letting a view read the signed-in account together with what else it needs, in one query of its own."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from foundation.accounts.models import User


def account_named_by(request: HttpRequest) -> int | None:
    """The primary key that the session names; nothing is proved by it yet."""
    name = request.session.get(SESSION_KEY)
    return int(name) if name else None


def sign_in_as_read(request: HttpRequest, account: User) -> None:
    """Make ``account``, read for ``account_named_by``, the request's user, if the session is really its own.

    The tests are those of ``django.contrib.auth.get_user``. When one fails, nothing happens, and Django decides
    about the request in its own way.
    """
    session = request.session
    if (
        account.is_active
        and session.get(SESSION_KEY) == str(account.pk)
        and session.get(BACKEND_SESSION_KEY) in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(
            session.get(HASH_SESSION_KEY, ""), account.get_session_auth_hash()
        )
    ):
        request.user = account
