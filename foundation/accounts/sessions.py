"""What a session of the portal holds: who signed in, when they proved it, and until when it lasts.

Signing in goes in steps: password, then for staff the second factor, then a password of one's own where somebody else
gave the present one. Until the last step is done the session only says who is under way, and no page knows an account.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, login
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from foundation.accounts.models import STAFF_ROLES, User

log = logging.getLogger(__name__)

BACKEND = "foundation.accounts.roles.RoleBackend"
UNDER_WAY = "signing_in"
UNDER_WAY_FOR = timedelta(minutes=10)
# Moments as seconds since 1970, and what kind of session it is.
KIND, BEGAN, SEEN, PROVED = "kind", "began_at", "seen_at", "proved_at"
STAFF, PARTY = "staff", "party"
# A session is written again at most once a minute, however many pages are looked at.
SEEN_EVERY = timedelta(minutes=1)


def is_staff_account(account: User) -> bool:
    """Whether the stricter rules for sessions and the second factor are for this account."""
    return account.role in STAFF_ROLES or account.is_staff or account.is_superuser


def second_factor_asked_of(account: User) -> bool:
    """Whether the account signs in with a second factor only."""
    return settings.STAFF_SECOND_FACTOR and is_staff_account(account)


# --- Under way -----------------------------------------------------------------------------


@dataclass(frozen=True)
class UnderWay:
    """Somebody whose password was right, and where they wanted to go."""

    account: User
    proved: bool
    go_on: str


def set_out(request: HttpRequest, account: User, *, at: datetime, go_on: str = "") -> None:
    """Remember, in a fresh session, whose password was right; nobody is signed in by it."""
    request.session.flush()
    request.session[UNDER_WAY] = {
        "account": account.pk,
        "hash": account.get_session_auth_hash(),
        "at": at.timestamp(),
        "proved": False,
        "go_on": go_on,
    }


def under_way(request: HttpRequest, *, at: datetime) -> UnderWay | None:
    """Who is signing in, for ten minutes after the password, while account and password stay as they were."""
    kept = request.session.get(UNDER_WAY)
    if not kept or at.timestamp() > kept["at"] + UNDER_WAY_FOR.total_seconds():
        return None
    account = User.objects.filter(pk=kept["account"], is_active=True).first()
    if account is None or not constant_time_compare(kept["hash"], account.get_session_auth_hash()):
        return None
    return UnderWay(account, kept["proved"], kept["go_on"])


def note_proved(request: HttpRequest) -> None:
    """The second factor was right: the next step may begin, under a session key nobody saw before."""
    request.session[UNDER_WAY] = {**request.session[UNDER_WAY], "proved": True}
    request.session.cycle_key()


# --- Signed in -----------------------------------------------------------------------------


def enter(request: HttpRequest, account: User, *, at: datetime) -> None:
    """Sign the account in, in a session with a new key; the steps before it are done."""
    request.session.pop(UNDER_WAY, None)
    log.info("account %d signed in", account.pk)
    login(request, account, backend=BACKEND)
    begin(request.session, account, at=at)


def begin(session: SessionBase, account: User, *, at: datetime) -> None:
    """Note in the session of an account that has just signed in what its limits are counted from."""
    session[KIND] = STAFF if is_staff_account(account) else PARTY
    session[BEGAN] = session[SEEN] = session[PROVED] = at.timestamp()


def note_proof(request: HttpRequest, *, at: datetime) -> None:
    """The signed-in account proved itself again."""
    request.session[PROVED] = at.timestamp()


def proved_lately(request: HttpRequest, *, at: datetime) -> bool:
    """Whether the account proved itself recently enough for a sensitive act."""
    limit = settings.PROOF_MINUTES * 60
    return not limit or at.timestamp() <= request.session.get(PROVED, 0) + limit


def fault_of(request: HttpRequest, *, at: datetime) -> str:
    """Why the signed-in session may not go on: "idle", "long", "factor"; "" when it may.

    A session that did not come in by ``enter`` is none of staff's where a second factor is asked for.
    """
    session = request.session
    kind = session.get(KIND)
    if kind is None:
        unproved = settings.STAFF_SECOND_FACTOR and is_staff_account(request.user)  # type: ignore[arg-type]
        return "factor" if unproved else ""
    idle, longest = settings.SESSION_LIMITS_MINUTES[kind]
    now = at.timestamp()
    if longest and now > session[BEGAN] + longest * 60:
        return "long"
    if idle and now > session[SEEN] + idle * 60:
        return "idle"
    return ""


def note_seen(request: HttpRequest, *, at: datetime) -> None:
    """Keep that the account is there, once a minute."""
    seen = request.session.get(SEEN)
    if seen is not None and at.timestamp() >= seen + SEEN_EVERY.total_seconds():
        request.session[SEEN] = at.timestamp()


# --- Reading the account with something else -------------------------------------------------


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
        # Django keeps it there, too, for whoever asks later (the line in the log).
        request.user = request._cached_user = account  # type: ignore[attr-defined]
