"""What is answered when a request came to no view, or a view broke: a page, or below /api/ a problem as JSON."""

from __future__ import annotations

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.views import defaults

from foundation.api import problems
from foundation.api.problems import Kind, plain_answer

API = "/api/"


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


def server_error(request: HttpRequest) -> HttpResponse:
    """500; needs neither database nor templates below /api/."""
    if _is_api(request):
        return plain_answer(problems.BROKEN)
    return defaults.server_error(request)
