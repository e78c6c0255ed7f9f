"""The answers of pages that give a file made at this moment."""

from __future__ import annotations

from typing import IO

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header

PDF = "application/pdf"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CALENDAR = "text/calendar; charset=utf-8"


def download(content: bytes, *, name: str, content_type: str) -> HttpResponse:
    """A file under a Chinese name that no cache keeps."""
    response = HttpResponse(content, content_type=content_type)
    _say(response, name)
    return response


def download_file(content: IO[bytes], *, name: str, content_type: str) -> FileResponse:
    """The same for an open file, sent piece by piece and closed at the end."""
    response = FileResponse(content, content_type=content_type)
    _say(response, name)
    return response


def _say(response: HttpResponse | FileResponse, name: str) -> None:
    response["Content-Disposition"] = str(content_disposition_header(True, name))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
