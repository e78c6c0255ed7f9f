"""The file store, local or S3: write once, read, and say clearly when it cannot be done."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from foundation.documents.errors import BytesMissing, StoreUnavailable

log = logging.getLogger(__name__)

NOT_FOUND = 404
SUFFIX_BYTES = 4


def write_bytes(digest: str, content: bytes) -> str:
    """Store the bytes under a name of their own that begins with their digest; the name.

    Raises StoreUnavailable, and then nothing of them is left behind.
    """
    # No two writers ever share a name, so what one has to take back is nobody else's.
    name = f"{digest[:2]}/{digest}.{secrets.token_hex(SUFFIX_BYTES)}"
    try:
        with told():
            return default_storage.save(name, ContentFile(content))
    except FileNotFoundError as error:
        # There is no such bucket or folder.
        raise _unavailable(error) from error
    except StoreUnavailable:
        try:
            with told():
                default_storage.delete(name)
        except StoreUnavailable:
            pass  # The sweeper finds it: no row points to it.
        raise


def open_bytes(name: str) -> Any:
    """The stored bytes as an open file; raises BytesMissing or StoreUnavailable."""
    try:
        with told():
            return default_storage.open(name)
    except FileNotFoundError as error:
        log.error("stored file %s is missing", name)
        raise BytesMissing(name) from error


def read_bytes(name: str) -> bytes:
    """The stored bytes; raises as ``open_bytes`` does."""
    with open_bytes(name) as stored, told():
        content: bytes = stored.read()
        return content


def are_stored(name: str) -> bool:
    """Whether the store has the bytes; raises StoreUnavailable."""
    with told():
        return default_storage.exists(name)


@contextmanager
def told() -> Iterator[None]:
    """Whatever a full disk or an absent S3 store throws becomes one sentence; "not found" stays what it is."""
    try:
        yield
    except FileNotFoundError:
        raise
    except ClientError as error:
        if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode") == NOT_FOUND:
            raise FileNotFoundError(str(error)) from error
        raise _unavailable(error) from error
    except (BotoCoreError, OSError) as error:
        raise _unavailable(error) from error


def _unavailable(error: Exception) -> StoreUnavailable:
    log.error("file store: %s", error)
    return StoreUnavailable(
        "文件暂时无法存取，没有保存任何内容，请稍后再试；多次不成功请联系承办单位。"
    )
