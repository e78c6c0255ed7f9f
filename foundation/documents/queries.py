"""Which files an account may read (F4)."""

from __future__ import annotations

from collections.abc import Iterable

from django.conf import settings
from django.core.cache import caches
from django.db.models import ManyToOneRel, Q, QuerySet
from django.utils.module_loading import import_string

from foundation.accounts.models import User
from foundation.documents.checks import page_of, thumbnail_of
from foundation.documents.errors import BytesMissing, UnableToKeepFile
from foundation.documents.models import Document, MediaType, StagedFile
from foundation.documents.storing import read_bytes

DRAWN_SECONDS = 24 * 60 * 60
NOT_DRAWN_SECONDS = 10 * 60


def documents_visible_to(user: User) -> QuerySet[Document]:
    """One's own uploads, and what each app's ``documents_in_reach`` (settings.DOCUMENT_REACH) adds.

    Each of those takes the user and returns a Q over Document.
    """
    reach = Q(uploaded_by=user)
    for path in settings.DOCUMENT_REACH:
        reach |= import_string(path)(user)
    # A reach may go over relations that find the same file several times.
    return Document.objects.filter(reach).distinct()


def staged_by(user: User) -> QuerySet[Document]:
    """What the account has uploaded and not handed in yet."""
    return Document.objects.filter(staged__user=user)


def is_referenced(document: Document) -> bool:
    """Whether any row of any app points to the document, through a foreign key or a many-to-many table."""
    return any(
        relation.related_model._base_manager.filter(**{relation.field.name: document}).exists()
        for relation in Document._meta.get_fields(include_hidden=True)
        if isinstance(relation, ManyToOneRel) and relation.related_model is not StagedFile
    )


def thumbnail(document: Document) -> bytes:
    """A small JPEG of the first page, b"" when there is none; for documents that are authorised already."""
    if document.media_type not in MediaType.values:
        return b""
    kept: bytes | None = caches["thumbnails"].get(_key(document))
    if kept is not None:
        return kept
    try:
        drawn = thumbnail_of(document.media_type, read_bytes(document.storage_name))
    except (BytesMissing, UnableToKeepFile):
        drawn = b""
    remember_thumbnail(document, drawn)
    return drawn


def remember_thumbnail(document: Document, drawn: bytes) -> None:
    """Keep a picture that was drawn while the file was looked into, so that it is not drawn again."""
    caches["thumbnails"].set(_key(document), drawn, DRAWN_SECONDS if drawn else NOT_DRAWN_SECONDS)


def page(document: Document, number: int) -> bytes:
    """A JPEG of one page to read, b"" when there is none; for documents that are authorised already."""
    if document.media_type not in MediaType.values or number > document.pages:
        return b""
    key = f"page:{document.sha256}:{number}"
    kept: bytes | None = caches["pages"].get(key)
    if kept is None:
        try:
            kept = page_of(document.media_type, read_bytes(document.storage_name), number)
        except (BytesMissing, UnableToKeepFile):
            return b""
        caches["pages"].set(key, kept, DRAWN_SECONDS)
    return kept


def _key(document: Document) -> str:
    return f"thumbnail:{document.sha256}"


def uploaded_elsewhere(
    documents: Iterable[Document], *, own_account: int | None
) -> dict[int, set[int]]:
    """The other accounts that handed in the same bytes, by the primary key of each of ``documents``; one query.

    What was picked and never handed in says nothing.
    """
    wanted = list(documents)
    found = (
        Document.objects.filter(
            sha256__in={one.sha256 for one in wanted}, staged=None, uploaded_by__isnull=False
        )
        .exclude(uploaded_by_id=own_account)
        .values_list("sha256", "uploaded_by_id")
    )
    accounts: dict[str, set[int]] = {}
    for sha256, account in found:
        accounts.setdefault(sha256, set()).add(account)
    return {one.pk: accounts.get(one.sha256, set()) for one in wanted}
