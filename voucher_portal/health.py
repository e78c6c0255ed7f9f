"""Whether this process is alive, and whether it can serve: for load balancers and monitoring."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address

from django.conf import settings
from django.core.cache import cache, caches
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse

log = logging.getLogger(__name__)


class Health:
    """Middleware, before all others: answers /healthz and /readyz whatever host they are asked under, without a session.

    /healthz says that the process answers. /readyz asks database, migrations, cache and store; what is wrong with
    which only addresses of INTERNAL_NETWORKS are told, and the log. Pages go on without the cache: it is told of, no more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info not in {"/healthz", "/readyz"}:
            return self.get_response(request)
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        answer = _alive() if request.path_info == "/healthz" else _ready(request)
        answer["Cache-Control"] = "no-store"
        return answer


def _alive() -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


def _ready(request: HttpRequest) -> HttpResponse:
    found = {name: _asked(name, check) for name, check in CHECKS.items()}
    ready = not any(fault for name, fault in found.items() if name not in DISPENSABLE)
    says: dict[str, object] = {"ready": ready}
    if is_internal(request):
        says["checks"] = {name: fault or "ok" for name, fault in found.items()}
    return JsonResponse(says, status=200 if ready else 503)


def is_internal(request: HttpRequest) -> bool:
    """Whether the request comes from the machines' own network."""
    return comes_from(request, settings.INTERNAL_NETWORKS)


def comes_from(request: HttpRequest, networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Whether the request's address is in one of the networks."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(address in network for network in networks)


def _asked(name: str, check: Callable[[], str]) -> str:
    """What is wrong, in one line; "" when nothing is. The error itself, which may name hosts, stays in the log."""
    try:
        return check()
    except Exception as error:
        log.warning("not ready: %s: %s", name, type(error).__name__, exc_info=True)
        return type(error).__name__


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return ""


def _migrations() -> str:
    """A process newer than its database must not serve; an older one may, while a release goes on."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(missing)} not applied" if missing else ""


def _cache() -> str:
    value = secrets.token_hex(8)
    cache.set("readyz", value, timeout=10)
    # Another process may ask in the same moment: any value that was put there will do.
    if not cache.get("readyz"):
        return "does not keep what it is given"
    return "does not answer" if getattr(caches["default"], "is_away", False) else ""


def _store() -> str:
    """The store answers a question about a file, whether it has it or not."""
    default_storage.exists("readyz")
    return ""


CHECKS: dict[str, Callable[[], str]] = {
    "database": _database,
    "migrations": _migrations,
    "cache": _cache,
    "store": _store,
}
DISPENSABLE = frozenset({"cache"})
