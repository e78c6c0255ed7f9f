"""What is answered when a request came to no view, or a view broke: a page, or below /api/ a problem as JSON."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

from foundation.api import problems
from foundation.api.problems import Kind, plain_answer
from foundation.documents.errors import StoreUnavailable

API = "/api/"
AWAY = (OperationalError, InterfaceError, StoreUnavailable)
AWAY_FOR_SECONDS = 30


def _is_api(request: HttpRequest) -> bool:
    return request.path_info.startswith(API)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400, or 413 for a body beyond all bounds."""
    if not _is_api(request):
        return defaults.bad_request(request, exception)
    too_large = isinstance(exception, RequestDataTooBig)
    kind: Kind = problems.TOO_LARGE if too_large else problems.MALFORMED
    return plain_answer(kind)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    if _is_api(request):
        return plain_answer(problems.FORBIDDEN)
    return defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404."""
    if _is_api(request):
        return plain_answer(problems.NOT_FOUND)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest, template_name: str = "500.html") -> HttpResponse:
    """503 where database or store did not answer, 500 for all else; needs no database.

    An act may have been done although its answer was lost, so the page asks to look before doing it again.
    """
    is_away = isinstance(sys.exc_info()[1], AWAY)
    if _is_api(request):
        answer = plain_answer(problems.INTERRUPTED if is_away else problems.BROKEN)
    elif is_away:
        answer = HttpResponse(loader.get_template("503.html").render({}), status=503)
    else:
        answer = defaults.server_error(request, template_name)
    if is_away:
        answer.headers["Retry-After"] = str(AWAY_FOR_SECONDS)
    return answer
