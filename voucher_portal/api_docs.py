"""The API's description (OpenAPI 3.1), its page under the strict CSP, and the kinds of problems by name."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

from django.http import HttpRequest, HttpResponse
from django.templatetags.static import static
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from foundation.api import problems
from foundation.api.fields import Out
from foundation.api.problems import Kind
from foundation.api.views import Call, PublicApi, reads
from foundation.public_record import public_record
from voucher_portal.packaged_static import SWAGGER_FILES


@cache
def description() -> bytes:
    """The whole description as JSON; it says nothing that changes while a process lives."""
    schema = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    return json.dumps(schema, ensure_ascii=False).encode()


@public_record
@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The description, for programs and for the page below."""
    return HttpResponse(description(), content_type="application/json; charset=utf-8")


class Docs(SpectacularSwaggerSplitView):
    """The description to read and to try; page and script apart, because nothing inline is let in."""

    url_name = "api:schema"
    template_name = "api/docs.html"
    authentication_classes: list[type] = []
    # The description does not describe its own page.
    schema = None

    @staticmethod
    def _swagger_ui_resource(filename: str) -> str:
        address = f"swagger/{filename}"
        # Our page does without the script that is for Swagger's own; names with digests are only for what is served.
        return static(address) if address in SWAGGER_FILES else ""

    def get(self, request: Request, *args: object, **kwargs: object) -> Response:
        # Only whether the script is asked for counts; anything else in the address is left alone.
        self.url_self = request.path
        response: Response = super().get(request, *args, **kwargs)  # type: ignore[no-untyped-call]
        # The script holds the reader's CSRF token: no other host of the city may load it into a page of its own.
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        response["Cache-Control"] = "private, no-store"
        return response


class KindOut(Out):
    """A kind of problem."""

    type = serializers.CharField(help_text="错误类别的地址，即答复中的 type")
    status = serializers.IntegerField(help_text="HTTP 状态码")
    title = serializers.CharField(help_text="错误类别")
    detail = serializers.CharField(help_text="说明和怎么办")


class KindsOut(Out):
    """Every kind of problem."""

    kinds = KindOut(many=True, source="*")


class Problems(PublicApi):
    """Every kind of problem that the API answers."""

    @reads("错误类别", gives=KindsOut, description="各类错误的状态码和处理办法。")
    def get(self, call: Call) -> Sequence[Kind]:
        return problems.KINDS
