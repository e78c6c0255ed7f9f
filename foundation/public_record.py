"""Pages of the public record: the same bytes for everyone, so that any cache between may keep them (N1, B7)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

FRESH_SECONDS = 60

View = TypeVar("View", bound=Callable[..., Any])


def public_record(view: View) -> View:
    """A view that knows nobody: no account, no session, no message, so that nothing personal can be in its answer.

    ``request.is_public_record`` tells the frame of the page. A good answer may be kept by anyone for a minute.
    """

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.user = AnonymousUser()
        request.is_public_record = True  # type: ignore[attr-defined]
        response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code == 200:
            patch_cache_control(response, public=True, max_age=FRESH_SECONDS)
        return response

    # The gate before every page leaves the session alone.
    answered.is_public_record = True  # type: ignore[attr-defined]
    return answered  # type: ignore[return-value]
