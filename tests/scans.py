"""Small real PDFs, no two alike: as a browser sends them, or looked into already for tests about something else."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from pypdf import PdfWriter

from foundation.documents.checks import CheckedFile, check_file
from tests import build

NAME = "扫描件.pdf"


def sent(name: str = NAME, content: bytes | None = None) -> SimpleUploadedFile:
    """An upload, still to be looked into."""
    return SimpleUploadedFile(name, content or _content(), content_type="application/pdf")


def looked_into(name: str = NAME) -> CheckedFile:
    """What looking into an upload gives; one stands for all, since they differ by a comment at the end only."""
    return replace(_first(), name=name, content=_content())


def _content() -> bytes:
    return _blank() + b"%% %d\n" % build.number()


@cache
def _blank() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(width=595, height=842)
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


@cache
def _first() -> CheckedFile:
    return check_file(NAME, _blank())
