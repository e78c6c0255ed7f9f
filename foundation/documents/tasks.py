"""Sweeping: uploads never handed in, and stored bytes that no row points to."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.core.files.storage import default_storage

from foundation.documents.models import Document
from foundation.documents.operations import remove_unclaimed
from foundation.documents.storing import told

log = logging.getLogger(__name__)

FOLDERS = 256
KEEP = timedelta(days=1)
KEEP_STAGED = timedelta(days=7)
STAGED_PER_RUN = 200
DIGEST_LENGTH = 64


def remove_stale_uploads(at: datetime) -> int:
    """Remove what was uploaded ahead of a form a week ago and never handed in; how many. Bytes go by the next job."""
    removed = remove_unclaimed(staged_before=at - KEEP_STAGED, at_most=STAGED_PER_RUN)
    if removed:
        log.info("removed %d uploads that were never handed in", removed)
    return removed


def sweep_unreferenced_bytes(at: datetime) -> int:
    """Delete bytes older than a day without a row, in one of the 256 folders; how many were deleted.

    The minute of ``at`` chooses the folder, so that a run each minute sees every folder several times a day and
    none of the runs is long. A run that is lost or doubled changes nothing.
    """
    folder = f"{int(at.timestamp()) // 60 % FOLDERS:02x}"
    return sweep_folder(folder, at)


def sweep_folder(folder: str, at: datetime) -> int:
    """As above, for one folder ("00" to "ff"); raises StoreUnavailable."""
    try:
        with told():
            _, names = default_storage.listdir(folder)
    except FileNotFoundError:
        return 0
    stored = {f"{folder}/{name}": name[:DIGEST_LENGTH] for name in names if name}
    pointed_to = set(
        Document.objects.filter(sha256__in=set(stored.values())).values_list(
            "storage_name", flat=True
        )
    )
    deleted = 0
    for storage_name in stored:
        if storage_name in pointed_to:
            continue
        try:
            with told():
                # A younger one may belong to an upload whose transaction has not ended.
                if default_storage.get_modified_time(storage_name) > at - KEEP:
                    continue
                default_storage.delete(storage_name)
        except FileNotFoundError:
            continue
        deleted += 1
    if deleted:
        log.info("swept %d stored files without a row from folder %s", deleted, folder)
    return deleted
