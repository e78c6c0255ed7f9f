"""/metrics: for Prometheus and nobody else."""

from __future__ import annotations

import os
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from voucher_portal.health import comes_from
from voucher_portal.metrics.standing import Standing

PATH = "/metrics"


class Metrics:
    """Middleware, before all that looks at the host: whoever may not read /metrics meets 404, as if it were not there.

    Let in is who has the token (METRICS_TOKEN) or comes from METRICS_NETWORKS; with neither set, nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info != PATH or not _may_read(request):
            return self.get_response(request)
        answer = HttpResponse(figures(), content_type=CONTENT_TYPE_LATEST)
        answer["Cache-Control"] = "no-store"
        return answer


def figures() -> bytes:
    """All figures in Prometheus' text form: of every web process of this node, and how things stand."""
    registry = CollectorRegistry()
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        MultiProcessCollector(registry)
    else:
        registry.register(_Own())
    registry.register(Standing())
    return generate_latest(registry)


class _Own:
    """The counts of this process alone, where no folder is shared (development, tests)."""

    def collect(self):  # type: ignore[no-untyped-def]
        return (one for one in REGISTRY.collect() if one.name.startswith("portal_"))


def _may_read(request: HttpRequest) -> bool:
    if request.method not in {"GET", "HEAD"}:
        return False
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    has_token = (
        bool(settings.METRICS_TOKEN)
        and kind == "Bearer"
        and constant_time_compare(given.strip(), settings.METRICS_TOKEN)
    )
    return has_token or comes_from(request, settings.METRICS_NETWORKS)
