"""Who may keep a page: the browser that asked for it, and nobody in between.

Also a public page carries the name and the menu of whoever is signed in, and a form's token.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers


class PrivatePages:
    """Middleware: an answer that says nothing about caching is private and asked for anew each time.

    Not "no-store": the Back button may show the page again without a request. Views that serve files say more.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            patch_cache_control(response, private=True, no_cache=True)
            patch_vary_headers(response, ["Cookie"])
        return response
