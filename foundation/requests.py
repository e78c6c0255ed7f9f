"""From an HTTP request to an act: the moment, the actor, and the answer to a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, TypeVar

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, RequestDataTooBig
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.errors import OutOfReach, Refusal

Result = TypeVar("Result")

DIGITS_MAX = 18


class ActMiddleware:
    """Sets ``request.at``: the one reading of the clock for this act, taken when the request is complete.

    Reading form or body first means that a slow upload is in time only when its last byte is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # No address of ours has a NUL, and PostgreSQL cannot be asked about one.
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("NUL in the address")
        # A browser sends forms as the page was; "base64" and the like are no text at all.
        if (request.encoding or "utf-8").lower() not in {"utf-8", "utf8"}:
            raise BadRequest("forms come in UTF-8")
        if request.content_type == "application/json":
            # One that is too large is refused where it is asked for.
            with suppress(RequestDataTooBig):
                _ = request.body
        elif request.method == "POST":
            _ = request.POST
        request.at = timezone.now()  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: dict[str, Any]
    ) -> None:
        """An address with a number that no database counts is none."""
        if any(isinstance(one, int) and one >= 10**DIGITS_MAX for one in kwargs.values()):
            raise Http404

    def process_exception(self, request: HttpRequest, exception: Exception) -> None:
        if isinstance(exception, OutOfReach):
            raise Http404 from exception


def actor_of(request: HttpRequest) -> Actor:
    """The signed-in account, or the public, at the address the request came from."""
    user = request.user if isinstance(request.user, User) else None
    return Actor(user=user, address=request.META.get("REMOTE_ADDR", ""))


def whole_number(text: str) -> int | None:
    """A number out of an address; None for anything else, also for more digits than a database counts."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS_MAX else None


def attempt(form: BaseForm, operation: Callable[..., Result], **arguments: Any) -> Result | None:
    """Run one operation for a valid form; a Refusal's sentences go to their fields, and None comes back.

    An operation used this way must not itself return None.
    """
    try:
        return operation(**arguments)
    except Refusal as refusal:
        show_refusals(form, refusal.all)
        return None


def show_refusals(form: BaseForm, refusals: Iterable[Refusal]) -> None:
    """Put every sentence at the field it belongs to, else above the form."""
    for one in refusals:
        form.add_error(one.field if one.field in form.fields else None, one.sentence)


class RoleRequired:
    """View mixin: signed-in accounts with one of ``roles``; strangers go to the login page, others get 404."""

    roles: frozenset[str] = frozenset()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if getattr(request.user, "role", "") not in self.roles:
            raise Http404
        return super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
