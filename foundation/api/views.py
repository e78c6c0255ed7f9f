"""Views of the API: who may call, and the few ways to read, list and write.

A view's method gets a Call and calls one query or one operation; shape, paging, idempotency, versions and problems are
put around it here. ``reads``, ``lists`` and ``writes`` also tell the schema what it needs to know.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponseBase, QueryDict
from django.utils.cache import patch_cache_control
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.api import problems
from foundation.api.authentication import CookieAuthentication, TokenAuthentication, has_proof
from foundation.api.etags import etag_of, require_same
from foundation.api.fields import In
from foundation.api.idempotency import is_answered, key_of, once
from foundation.api.models import AccessToken
from foundation.api.paging import PageQuery, page_of
from foundation.api.parsing import BoundedJSON
from foundation.api.problems import Problem
from foundation.api.schema import OperationSchema, Told
from foundation.api.throttling import WRITES, AccountThrottle, Rate

SAFE = frozenset({"GET", "HEAD"})
Shape = type[BaseSerializer[Any]]


@dataclass(frozen=True)
class Call:
    """One call: who makes it, when it was complete, and what it brings, cleaned."""

    by: Actor
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    # Whether the caller has proved lately who they are; asked only where it matters.
    proved: Callable[[], bool] = lambda: False

    @property
    def user(self) -> User:
        """The account that calls; only views with roles have one for sure."""
        assert self.by.user is not None, "a view with roles has an account"
        return self.by.user


class AnyAccept(DefaultContentNegotiation):
    """Answers are JSON or a file as they come; what a client would rather have changes nothing."""

    def select_renderer(self, request: Any, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class Api(APIView):
    """An address of the API. ``roles``: who calls it, all others meet 404 or, unknown, 401; empty: everyone."""

    roles: frozenset[Role] = frozenset()
    rate: Rate = WRITES
    authentication_classes = [TokenAuthentication, CookieAuthentication]
    permission_classes = []
    renderer_classes = [JSONRenderer]
    content_negotiation_class = AnyAccept
    parser_classes: Sequence[type[BaseParser]] = [BoundedJSON]
    throttle_classes = [AccountThrottle]
    http_method_names = ["get", "head", "post", "put", "patch"]
    schema = OperationSchema()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        taken = {parser.media_type for parser in self.parser_classes}
        # A form that was read already would be passed over in silence by a parser that takes none.
        has_body = request.META.get("CONTENT_LENGTH") not in {None, "", "0", 0}
        if has_body and request._request.content_type not in taken:
            raise Problem(problems.UNSUPPORTED)

    def perform_authentication(self, request: Request) -> None:
        try:
            super().perform_authentication(request)
        except AuthenticationFailed:
            # Whoever tries tokens is counted as nobody, before being told anything.
            self.check_throttles(request)
            raise

    def check_permissions(self, request: Request) -> None:
        if not self.roles:
            return
        user = request.user
        if not user.is_authenticated:
            self.check_throttles(request)
            raise NotAuthenticated
        if getattr(user, "role", "") not in self.roles:
            raise Http404
        token = request.auth
        if isinstance(token, AccessToken) and token.read_only and request.method not in SAFE:
            raise Problem(problems.READ_ONLY)

    def get_exception_handler(self) -> Callable[..., Response | None]:
        return problems.handle

    def finalize_response(
        self, request: Request, response: HttpResponseBase, *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        finished = super().finalize_response(request, response, *args, **kwargs)  # type: ignore[arg-type]
        if self.roles and not finished.has_header("Cache-Control"):
            patch_cache_control(finished, private=True, no_store=True)
        return finished

    def locked(self, call: Call, **where: Any) -> Any:
        """What a versioned operation changes, its row locked as the operation will lock it."""
        raise NotImplementedError


class PublicApi(Api):
    """An address that knows nobody, for answers that any cache may keep; wrap its view in ``public_record``."""

    authentication_classes = []


class FormApi(Api):
    """An address that takes a form with files."""

    parser_classes = [MultiPartParser]


def call_of(request: Request, data: dict[str, Any] | None = None) -> Call:
    """The call that a request makes."""
    user = request.user if isinstance(request.user, User) else None
    actor = Actor(user=user, address=request.META.get("REMOTE_ADDR", ""))
    return Call(actor, request.at, data or {}, lambda: has_proof(request))


def require_proof(call: Call) -> None:
    """Raises the problem of a sensitive act without a recent proof; a token has none."""
    if not call.proved():
        raise Problem(problems.PROOF_REQUIRED)


def shown(shape: Shape, found: Any, call: Call, *, many: bool = False) -> Any:
    """A query's or operation's result in the shape that is answered."""
    return shape(found, many=many, context={"call": call}).data


def _asked(request: Request, shape: type[In] | None) -> dict[str, Any]:
    """The part of the address behind the question mark, cleaned."""
    form = (shape or In)(data=request.query_params.dict())
    form.is_valid(raise_exception=True)
    return dict(form.validated_data)


def _brought(request: Request) -> Any:
    """The body; a form's files stand in it beside its fields. Where nothing is asked for, none need be there."""
    if not request.FILES and not isinstance(request.data, QueryDict):
        return request.data if request.data is not None else {}
    fields = {name: request.data.get(name) for name in request.data}
    return {**fields, **{name: request.FILES.getlist(name) for name in request.FILES}}


def reads(
    summary: str,
    *,
    gives: Shape,
    asks: type[In] | None = None,
    versioned: bool = False,
    description: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """One record. ``versioned``: with an ETag, for the operation that changes it."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(method)
        def answered(self: Api, request: Request, **where: Any) -> Response:
            call = call_of(request, _asked(request, asks))
            found = method(self, call, **where)
            body = shown(gives, found, call)
            headers = {"ETag": etag_of(body)} if versioned else {}
            return Response(body, headers=headers)

        answered.told = Told(summary, description, gives, asks=asks, versioned=versioned)  # type: ignore[attr-defined]
        return answered

    return decorate


def lists(
    summary: str,
    *,
    gives: Shape,
    asks: type[PageQuery] = PageQuery,
    by: str = "-pk",
    rows: Callable[[list[Any], Call], Any] | None = None,
    description: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """Many records in pages; the method gives a QuerySet. ``rows`` makes of a page's records what is shown."""

    def decorate(method: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(method)
        def answered(self: Api, request: Request, **where: Any) -> Response:
            call = call_of(request, _asked(request, asks))
            found = method(self, call, **where)
            page = page_of(found, by=by, after=call.data.get("cursor"), limit=call.data["limit"])
            items = rows(page.items, call) if rows else page.items
            return Response({"items": shown(gives, items, call, many=True), "next": page.next})

        answered.told = Told(summary, description, gives, asks=asks, pages=True)  # type: ignore[attr-defined]
        return answered

    return decorate


def downloads(
    summary: str, *, media_types: Sequence[str], description: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., HttpResponseBase]]:
    """A file; the method gives the whole answer."""

    def decorate(method: Callable[..., Any]) -> Callable[..., HttpResponseBase]:
        @wraps(method)
        def answered(self: Api, request: Request, **where: Any) -> HttpResponseBase:
            found: HttpResponseBase = method(self, call_of(request, _asked(request, None)), **where)
            return found

        answered.told = Told(summary, description, None, media_types=tuple(media_types))  # type: ignore[attr-defined]
        return answered

    return decorate


def writes(
    summary: str,
    *,
    gives: Shape,
    takes: type[In] | None = None,
    status: int = 200,
    versioned: bool = False,
    sensitive: bool = False,
    repeats: bool = True,
    before: Callable[[Call], Call] | None = None,
    example: Any = None,
    description: str = "",
) -> Callable[[Callable[..., Any]], Callable[..., Response]]:
    """One operation, done once for each idempotency key.

    ``versioned``: refused when what ``locked`` shows has changed since it was read. ``sensitive``: who calls has proved
    lately who they are. ``repeats``: whether the answer is kept to be given again. ``before``: slow work that must not
    be done while rows are locked.
    """

    def decorate(method: Callable[..., Any]) -> Callable[..., Response]:
        @wraps(method)
        def answered(self: Api, request: Request, **where: Any) -> Response:
            key_of(request)
            if sensitive:
                require_proof(call_of(request))
            _asked(request, None)
            form = (takes or In)(data=_brought(request))
            form.is_valid(raise_exception=True)
            call = call_of(request, dict(form.validated_data))
            if before is not None and not is_answered(request):
                call = before(call)

            def act() -> Response:
                if versioned:
                    require_same(request, shown(gives, self.locked(call, **where), call))
                body = shown(gives, method(self, call, **where), call)
                headers = {"ETag": etag_of(body)} if versioned else {}
                return Response(body, status=status, headers=headers)

            return once(request, act, repeats=repeats)

        answered.told = Told(  # type: ignore[attr-defined]
            summary,
            description,
            gives,
            takes=takes,
            status=status,
            versioned=versioned,
            sensitive=sensitive,
            example=example,
        )
        return answered

    return decorate
