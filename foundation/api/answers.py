"""Answers that are files: under the same guard as on the pages, with problems as JSON."""

from __future__ import annotations

from django.http import FileResponse, HttpResponseBase

from foundation.api import problems
from foundation.api.problems import Problem
from foundation.documents.errors import BytesMissing, StoreUnavailable
from foundation.documents.models import Document
from foundation.documents.storing import open_bytes
from foundation.documents.views import POLICY, SHOWN_INLINE


def file_answer(found: Document) -> HttpResponseBase:
    """A file's bytes, to be saved; for views that have already authorised the document."""
    is_known = found.media_type in SHOWN_INLINE
    try:
        response = FileResponse(
            open_bytes(found.storage_name),
            content_type=found.media_type if is_known else "application/octet-stream",
            filename=found.name,
            as_attachment=True,
        )
    except BytesMissing as error:
        raise Problem(problems.NOT_FOUND, "文件内容暂时找不到，请联系平台。") from error
    except StoreUnavailable as error:
        raise Problem(problems.UNAVAILABLE) from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "private, no-store"
    return response
