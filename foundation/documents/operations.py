"""Keeping an uploaded file."""

from __future__ import annotations

import hashlib
from datetime import datetime
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from foundation.accounts.actors import Actor
from foundation.documents.checks import MAX_BYTES, check_file
from foundation.documents.models import Document

NAME_LENGTH_MAX = 200


def keep_file(*, file: UploadedFile, by: Actor, at: datetime) -> Document:
    """Check an upload (F1) and keep it under its content hash; raises UnableToKeepFile.

    The bytes are written before the row, so a row never points to nothing; bytes without a row are swept later.
    """
    # One byte more than allowed is enough to know that a file is too large (F4).
    content = file.read(MAX_BYTES + 1)
    name = clean_name(file.name or "")
    media_type = check_file(name, content)
    return keep_bytes(content=content, name=name, media_type=media_type, by=by, at=at)


def keep_bytes(*, content: bytes, name: str, media_type: str, by: Actor, at: datetime) -> Document:
    """Keep bytes whose type the caller vouches for; equal bytes that a row already points to are shared."""
    digest = hashlib.sha256(content).hexdigest()
    storage_name = _kept_under(digest)
    if not storage_name:
        # Equal bytes that no row points to may be swept at any moment: the storage finds another name beside them.
        storage_name = default_storage.save(f"{digest[:2]}/{digest}", ContentFile(content))
    return Document.objects.create(
        sha256=digest,
        storage_name=storage_name,
        media_type=media_type,
        size=len(content),
        name=clean_name(name),
        uploaded_at=at,
        uploaded_by=by.user,
    )


def clean_name(name: str) -> str:
    """The last part of a file's name without characters that do not print, its end kept when it is too long."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-NAME_LENGTH_MAX:]


def _kept_under(digest: str) -> str:
    """Where the bytes with this digest are kept for good, or ""."""
    names = Document.objects.filter(sha256=digest).values_list("storage_name", flat=True)
    return next((name for name in names.distinct() if default_storage.exists(name)), "")
