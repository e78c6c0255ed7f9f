"""What the web processes of one node count. Files under METRICS_FOLDER hold the counts of all of them (settings.py).

Labels are names of routes, methods and statuses: all of them the portal's own, none of them a person's, none without end.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

from voucher_portal.logs import METHODS

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1.0, 2.5, 10.0)
APPLY = "vouchers:apply"
FOUND = 302

REQUESTS = Counter("portal_requests", "Requests answered", ["view", "method", "status"])
SECONDS = Histogram("portal_request_seconds", "Time to answer", ["view"], buckets=BUCKETS)
QUERIES = Counter("portal_database_queries", "Statements sent to the database by web processes")
QUERY_SECONDS = Counter(
    "portal_database_seconds", "Time that web processes waited for the database"
)
DATABASE_ERRORS = Counter("portal_database_errors", "Statements that failed", ["kind"])
CACHE_ERRORS = Counter("portal_cache_errors", "Requests to the cache that it did not answer")
APPLICATIONS = Counter("portal_applications", "Applications put in line through the page")


class RequestCounts:
    """Middleware: counts requests with their time, and the statements that they sent to the database."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        statements = _Statements()
        try:
            with connection.execute_wrapper(statements):
                response = self.get_response(request)
        finally:
            QUERIES.inc(statements.count)
            QUERY_SECONDS.inc(statements.seconds)
        view = view_of(request)
        method = str(request.method) if request.method in METHODS else "other"
        REQUESTS.labels(view, method, str(response.status_code)).inc()
        SECONDS.labels(view).observe(time.perf_counter() - began)
        if view == APPLY and method == "POST" and response.status_code == FOUND:
            APPLICATIONS.inc()
        return response


class _Statements:
    """Counts the statements of one request; the counters themselves are asked once at its end."""

    def __init__(self) -> None:
        self.count, self.seconds = 0, 0.0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        except Exception as error:
            # A constraint that refuses is the database at work, one error beside the others all the same.
            DATABASE_ERRORS.labels(type(error).__name__).inc()
            raise
        finally:
            self.count += 1
            self.seconds += time.perf_counter() - began


def view_of(request: HttpRequest) -> str:
    """The name of the route; what leads nowhere has one name, however many addresses are tried."""
    match = request.resolver_match
    if match is None:
        return "none"
    return match.view_name or match.route or "unnamed"
