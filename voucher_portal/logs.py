"""One log record, one line: JSON that log collectors read, with the traceback inside the line.

Lines of one request carry its number, which the answer carries too (X-Request-ID). Numbers that may be an ID card's or
a telephone's are struck out wherever they come from, tracebacks and libraries included (F5).
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

HEADER = "X-Request-ID"
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_SOUND_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_PERSONAL = re.compile(r"(?<![0-9A-Za-z.])(?:[1-9][0-9]{16}[0-9Xx]|1[3-9][0-9]{9})(?![0-9A-Za-z])")

access_log = logging.getLogger("voucher_portal.access")


def without_personal_data(text: str) -> str:
    """``text`` with everything struck out that has the shape of an ID number or a mobile number."""
    return _PERSONAL.sub(lambda found: f"{found.group()[:3]}***", text)


class LineFormatter(logging.Formatter):
    """Writes a record as one JSON object on one line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": without_personal_data(record.getMessage()),
            "process": record.process,
        }
        if request_id := _request_id.get():
            line["request"] = request_id
        line.update(getattr(record, "access", {}))
        if record.exc_info:
            line["traceback"] = without_personal_data(self.formatException(record.exc_info))
        if record.stack_info:
            line["stack"] = without_personal_data(record.stack_info)
        return json.dumps(line, ensure_ascii=False)


class RequestLog:
    """Middleware: numbers each request, and writes one line about it when it is answered.

    The line names the route, never the address: addresses hold search words, receipts and tokens. A number that came
    with the request is kept when it is sound, so that the proxy's log and ours can be read together.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(HEADER, "")
        number = given if _SOUND_ID.fullmatch(given) else secrets.token_hex(8)
        token = _request_id.set(number)
        begun = time.perf_counter()
        try:
            response = self.get_response(request)
            response[HEADER] = number
            self._tell(request, response, time.perf_counter() - begun)
            return response
        finally:
            _request_id.reset(token)

    def _tell(self, request: HttpRequest, response: HttpResponse, seconds: float) -> None:
        match = request.resolver_match
        # Reading the account here would ask the database for pages that never did.
        user = request.__dict__.get("_cached_user")
        access_log.info(
            "%s %s",
            request.method if request.method in METHODS else "?",
            response.status_code,
            extra={
                "access": {
                    "route": match.route if match else "",
                    "status": response.status_code,
                    "milliseconds": round(seconds * 1000),
                    "account": getattr(user, "pk", None),
                }
            },
        )


METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"})
