"""Where the sentence after an act waits for the next page: a signed cookie that only this host can set."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class PrefixedCookieStorage(CookieStorage):
    """Django's storage under a name that a browser takes from this host and over TLS only."""

    @property
    def cookie_name(self) -> str:  # type: ignore[override]
        """The name, with the prefix of all cookies."""
        return f"{settings.COOKIE_PREFIX}messages"


class PrefixedStorage(FallbackStorage):
    """The cookie, and the session for what does not fit."""

    storage_classes: Any = (PrefixedCookieStorage, SessionStorage)
