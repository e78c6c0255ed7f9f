"""Keeping uploaded files: with a form, or before it (staged)."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import PurePath

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet

from foundation.accounts.actors import Actor
from foundation.documents.checks import (
    MAX_BYTES,
    PICTURE_MAX_BYTES,
    CheckedFile,
    Material,
    Picture,
    StagedChoice,
    check_file,
    merge_files,
)
from foundation.documents.errors import UnableToKeepFile
from foundation.documents.models import Document, KeptFile, StagedFile
from foundation.documents.queries import is_referenced, remember_thumbnail
from foundation.documents.storing import are_stored, write_bytes
from foundation.errors import OutOfReach

log = logging.getLogger(__name__)

NAME_LENGTH_MAX = 200
PAGES_COUNTED_MAX = 32_767
STAGED_MAX = 60


def look_into(file: Material) -> CheckedFile | StagedChoice:
    """The file, checked (F1, F4); raises UnableToKeepFile. Takes up to seconds: call it before any row is locked."""
    if isinstance(file, CheckedFile | StagedChoice):
        return file
    # One byte more than allowed is enough to know that a file is too large (F4).
    return check_file(clean_name(file.name or ""), file.read(MAX_BYTES + 1))


def merge(files: Sequence[UploadedFile], turns: Sequence[int] = ()) -> CheckedFile:
    """Several pictures as one PDF, in this order, each turned clockwise by its degrees (F2); raises UnableToKeepFile."""
    return merge_files(
        [
            Picture(
                clean_name(file.name or ""),
                file.read(PICTURE_MAX_BYTES + 1),
                turns[place] if place < len(turns) else 0,
            )
            for place, file in enumerate(files)
        ]
    )


def keep_file(*, file: Material, by: Actor, at: datetime) -> Document:
    """Keep what a form brought: an upload, checked now if it was not yet, or the actor's own staged file.

    Call it in the transaction that uses the document: a staged file is used up by it, and is free again when that
    rolls back. Raises UnableToKeepFile.
    """
    looked_into = look_into(file)
    if isinstance(looked_into, StagedChoice):
        return _take_staged(looked_into, by=by, at=at)
    with transaction.atomic():
        document = _keep(looked_into, by=by, at=at)
        _note_kept(document, at=at)
        return document


def stage_files(
    *,
    by: Actor,
    at: datetime,
    files: Sequence[UploadedFile],
    turns: Sequence[int] = (),
    merged: bool,
) -> Document:
    """Keep a file for its uploader before the form is handed in; with ``merged``, pictures as one PDF (F2).

    Raises UnableToKeepFile, also beyond 60 files that were never handed in.
    """
    if by.user is None:
        raise OutOfReach("no account to keep it for")
    if StagedFile.objects.filter(user=by.user).count() >= STAGED_MAX:
        raise UnableToKeepFile(
            f"已上传但未提交的文件达到 {STAGED_MAX} 个，请先提交或移除一部分后再上传。", rule="F4"
        )
    if not files:
        raise UnableToKeepFile("没有收到文件，请重新选择。")
    if len(files) > 1 and not merged:
        raise UnableToKeepFile("一次只能上传一个文件。")
    checked = merge(files, turns) if merged else look_into(files[0])
    assert isinstance(checked, CheckedFile), "uploads come checked"
    with transaction.atomic():
        document = _keep(checked, by=by, at=at)
        StagedFile.objects.create(document=document, user=by.user, staged_at=at)
    remember_thumbnail(document, checked.thumbnail)
    return document


def discard_staged(*, by: Actor, at: datetime, pk: int) -> None:
    """Take back one's own staged file; one that is gone or handed in already is left as it is."""
    with transaction.atomic():
        if by.user is not None and _claim(StagedFile.objects.filter(pk=pk, user=by.user)):
            _remove(pk)


def remove_unclaimed(*, staged_before: datetime, at_most: int) -> int:
    """Remove documents that were staged before a moment and never handed in; how many. A referenced one stays."""
    old = StagedFile.objects.filter(staged_at__lt=staged_before).order_by("staged_at")
    removed = 0
    for pk in list(old.values_list("pk", flat=True)[:at_most]):
        with transaction.atomic():
            # Gone when its owner handed it in since; then it is none of ours.
            if _claim(StagedFile.objects.filter(pk=pk)):
                removed += _remove(pk)
    return removed


def keep_bytes(
    *,
    content: bytes,
    name: str,
    media_type: str,
    by: Actor,
    at: datetime,
    warnings: Sequence[str] = (),
    pages: int = 1,
) -> Document:
    """Keep bytes whose type the caller vouches for; equal bytes that a row already points to are shared."""
    with transaction.atomic():
        document = _store(
            content=content,
            name=name,
            media_type=media_type,
            by=by,
            at=at,
            warnings=warnings,
            pages=pages,
        )
        _note_kept(document, at=at)
        return document


def _store(
    *,
    content: bytes,
    name: str,
    media_type: str,
    by: Actor,
    at: datetime,
    warnings: Sequence[str],
    pages: int,
) -> Document:
    """The bytes are written before the row, so a row never points to nothing; bytes without a row are swept later."""
    digest = hashlib.sha256(content).hexdigest()
    # Equal bytes that no row points to may be swept at any moment, so they are not shared.
    storage_name = _kept_under(digest) or write_bytes(digest, content)
    return Document.objects.create(
        sha256=digest,
        storage_name=storage_name,
        media_type=media_type,
        size=len(content),
        name=clean_name(name),
        warnings=list(warnings),
        pages=min(pages, PAGES_COUNTED_MAX),
        uploaded_at=at,
        uploaded_by=by.user,
    )


def clean_name(name: str) -> str:
    """The last part of a file's name without characters that do not print, its end kept when it is too long."""
    last = PurePath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-NAME_LENGTH_MAX:]


def _keep(checked: CheckedFile, *, by: Actor, at: datetime) -> Document:
    return _store(
        content=checked.content,
        name=checked.name,
        media_type=checked.media_type,
        warnings=checked.warnings,
        pages=checked.pages,
        by=by,
        at=at,
    )


def _note_kept(document: Document, *, at: datetime) -> None:
    """That the document was handed in, and as what; sealed with the trail."""
    KeptFile.objects.create(
        document_id=document.pk, sha256=document.sha256, size=document.size, kept_at=at
    )


def _take_staged(choice: StagedChoice, *, by: Actor, at: datetime) -> Document:
    """The actor's staged document, which is staged no longer; raises UnableToKeepFile for anything else."""
    if by.user is None or not _claim(StagedFile.objects.filter(pk=choice.pk, user=by.user)):
        raise UnableToKeepFile(
            "之前上传的文件已提交过、已移除或已过期，请重新选择文件。", rule="F4"
        )
    document = Document.objects.get(pk=choice.pk)
    _note_kept(document, at=at)
    return document


def _claim(staged: QuerySet[StagedFile]) -> bool:
    """Whether the row was there and is deleted now: of two acts at once only one gets the file."""
    return staged.delete()[0] > 0


def _remove(pk: int) -> int:
    """Delete a document that nothing points to; its bytes are swept when no other row shares them."""
    document = Document.objects.get(pk=pk)
    if is_referenced(document):
        log.error("staged file %d is in use; it stays", pk)
        return 0
    # Not delete(): that would take many-to-many rows along. Here the database refuses if one came since.
    return Document.objects.filter(pk=pk)._raw_delete(using=transaction.get_connection().alias)


def _kept_under(digest: str) -> str:
    """Where the bytes with this digest are kept for good, or ""."""
    # Not with a staged one: its row may be discarded, and the bytes swept, before ours is committed.
    lasting = Document.objects.filter(sha256=digest, staged=None)
    names = lasting.values_list("storage_name", flat=True)
    return next((name for name in names.distinct() if are_stored(name)), "")
