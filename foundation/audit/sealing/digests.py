"""The canonical text of rows and seals, their digests, and the signature."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models

from foundation.audit.models import Seal

READ_AT_ONCE = 2_000


def columns_of(model: type[models.Model]) -> list[str]:
    """Every stored column of a model, by attribute name."""
    return [field.attname for field in model._meta.concrete_fields]


def row_texts(
    model: type[models.Model], columns: Sequence[str], *, after: int, until: int
) -> Iterator[str]:
    """The rows of a range by primary key, each as one line that is the same on both engines."""
    rows = model._default_manager.filter(pk__gt=after, pk__lte=until).order_by("pk")
    for row in rows.values_list(*columns).iterator(chunk_size=READ_AT_ONCE):
        yield json.dumps(
            [_plain(value) for value in row],
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        )


def digest_rows(texts: Iterable[str]) -> tuple[int, str]:
    """How many rows, and the SHA-256 over their lines."""
    count, digest = 0, hashlib.sha256()
    for text in texts:
        count += 1
        digest.update(text.encode() + b"\n")
    return count, digest.hexdigest()


def digest_of(seal: Seal) -> str:
    """The SHA-256 over everything a seal says."""
    says = [
        seal.number,
        seal.table,
        seal.columns,
        seal.after_id,
        seal.until_id,
        seal.count,
        seal.rows_digest,
        seal.previous,
        _plain(seal.sealed_at),
    ]
    return hashlib.sha256("\n".join(map(str, says)).encode()).hexdigest()


def sign(digest: str) -> str:
    """HMAC-SHA-256 of a digest under the first of SEAL_KEYS."""
    return _mac(settings.SEAL_KEYS[0], digest)


def is_signed(digest: str, mac: str) -> bool:
    """Whether one of SEAL_KEYS signed the digest."""
    return any(hmac.compare_digest(_mac(key, digest), mac) for key in settings.SEAL_KEYS)


def _mac(key: str, digest: str) -> str:
    return hmac.new(key.encode(), digest.encode(), hashlib.sha256).hexdigest()


def _plain(value: Any) -> Any:
    """A value as JSON has it, without what differs between engines."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value
