"""The one way a stored file leaves the portal (F4)."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.files.storage import default_storage
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from foundation.documents.models import Document, MediaType
from foundation.documents.queries import documents_visible_to

# Shown by the browser; everything else is only ever saved.
SHOWN_INLINE = frozenset({MediaType.PDF, MediaType.JPEG, MediaType.PNG})
# Safari and older Chromium show no PDF in a sandbox, and the viewer's own style is inline.
POLICY_FOR_PDF = (
    "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
)
POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"


@require_safe
@login_required
def document(request: HttpRequest, pk: int) -> FileResponse:
    """A file in the user's reach, under its checked type; 404 beyond."""
    return serve(get_object_or_404(documents_visible_to(request.user), pk=pk))  # type: ignore[arg-type]


def serve(found: Document) -> FileResponse:
    """The answer with a file's bytes; for views that have already authorised the document."""
    is_shown = found.media_type in SHOWN_INLINE
    response = FileResponse(
        default_storage.open(found.storage_name),
        content_type=found.media_type if is_shown else "application/octet-stream",
        filename=found.name,
        as_attachment=not is_shown,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = (
        POLICY_FOR_PDF if found.media_type == MediaType.PDF else POLICY
    )
    response["Cache-Control"] = "private, no-store"
    return response
