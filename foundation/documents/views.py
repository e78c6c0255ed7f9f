"""The one way a stored file leaves the portal (F4), and how one is uploaded ahead of its form."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from foundation.documents.errors import BytesMissing, StoreUnavailable
from foundation.documents.models import Document, MediaType
from foundation.documents.operations import discard_staged, stage_files
from foundation.documents.queries import documents_visible_to, page, staged_by, thumbnail
from foundation.documents.storing import open_bytes
from foundation.errors import Refusal
from foundation.requests import actor_of, whole_number

# Shown by the browser; everything else is only ever saved.
SHOWN_INLINE = frozenset({MediaType.PDF, MediaType.JPEG, MediaType.PNG})
# Safari and older Chromium show no PDF in a sandbox, and the viewer's own style is inline.
# Whoever checks a payment sees its papers beside the checks, so our own pages may frame a PDF.
POLICY_FOR_PDF = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'self'"
)
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
REFUSED = 422


@require_safe
@login_required
def document(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """A file in the user's reach, under its checked type; 404 beyond."""
    return serve(request, get_object_or_404(documents_visible_to(request.user), pk=pk))


@require_safe
@login_required
def document_thumbnail(request: HttpRequest, pk: int) -> HttpResponse:
    """A small picture of a file in the user's reach; 404 beyond, and where there is none."""
    drawn = thumbnail(get_object_or_404(documents_visible_to(request.user), pk=pk))
    if not drawn:
        raise Http404
    return _guarded(HttpResponse(drawn, content_type=MediaType.JPEG.value), POLICY)


@require_safe
@login_required
def document_page(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """A page of a file in the user's reach as a picture to read; 404 beyond, and where there is none."""
    drawn = page(get_object_or_404(documents_visible_to(request.user), pk=pk), number)
    if not drawn:
        raise Http404
    return _guarded(HttpResponse(drawn, content_type=MediaType.JPEG.value), POLICY)


@require_POST
@login_required
def stage(request: HttpRequest) -> JsonResponse:
    """Keep ``file`` for the user, or with ``merged`` several pictures and their ``turn`` as one PDF (F2)."""
    turns = [whole_number(text) or 0 for text in request.POST.getlist("turn")]
    try:
        kept = stage_files(
            by=actor_of(request),
            at=request.at,
            files=request.FILES.getlist("file"),
            turns=turns,
            merged="merged" in request.POST,
        )
    except Refusal as refusal:
        return JsonResponse({"sentence": refusal.sentence}, status=REFUSED)
    return JsonResponse(_told(kept), status=201)


@require_safe
@login_required
def staged(request: HttpRequest, pk: int) -> JsonResponse:
    """What the user has staged under this number; 404 for anybody else's and for what was handed in."""
    return JsonResponse(_told(get_object_or_404(staged_by(request.user), pk=pk)))


@require_POST
@login_required
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a staged file back; 404 for anybody else's and for what was handed in."""
    get_object_or_404(staged_by(request.user), pk=pk)
    discard_staged(by=actor_of(request), at=request.at, pk=pk)
    return HttpResponse(status=204)


def serve(request: HttpRequest, found: Document) -> FileResponse | HttpResponse:
    """The answer with a file's bytes; for views that have already authorised the document."""
    is_shown = found.media_type in SHOWN_INLINE
    try:
        response = FileResponse(
            open_bytes(found.storage_name),
            content_type=found.media_type if is_shown else "application/octet-stream",
            filename=found.name,
            as_attachment=not is_shown,
        )
    except BytesMissing:
        return render(request, "documents/unavailable.html", {"missing": found}, status=404)
    except StoreUnavailable:
        return render(request, "documents/unavailable.html", status=503)
    if found.media_type != MediaType.PDF:
        return _guarded(response, POLICY)
    response["X-Frame-Options"] = "SAMEORIGIN"
    return _guarded(response, POLICY_FOR_PDF)


def _guarded(response: Any, policy: str) -> Any:
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = policy
    response["Cache-Control"] = "private, no-store"
    return response


def _told(document: Document) -> dict[str, Any]:
    return {
        "id": document.pk,
        "name": document.name,
        "size": filesizeformat(document.size),
        "type": MediaType(document.media_type).label,
        "warnings": document.warnings,
        "url": reverse("documents:document", args=[document.pk]),
        "thumbnail": reverse("documents:thumbnail", args=[document.pk]),
        "discard": reverse("documents:discard", args=[document.pk]),
    }
