"""Who may keep a page: the browser that asked for it, and nobody in between.

Also a public page carries the name and the menu of whoever is signed in, and a form's token.
"""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_cache_control, patch_vary_headers


class PrivatePages:
    """Middleware: an answer that says nothing about caching is private and asked for anew each time.

    A page for somebody who is signed in is not stored at all: the next one at the computer does not find it by the
    Back button. Pages for nobody may be shown again, so that what was typed into a form is not lost.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not response.has_header("Cache-Control"):
            # Reading the account here would ask the database for pages that never did.
            user = request.__dict__.get("_cached_user")
            knows = user is not None and user.is_authenticated
            patch_cache_control(
                response, private=True, **({"no_store": True} if knows else {"no_cache": True})
            )
            patch_vary_headers(response, ["Cookie"])
        return response
