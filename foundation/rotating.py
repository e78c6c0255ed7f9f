"""Bringing encrypted columns under the first of FIELD_KEYS, and their look-up columns under LOOKUP_KEY (F5).

Beside a running portal: rows that need nothing are only read; the others are locked a few at a time, and one that
somebody else holds is left to the next pass. What was done stays done, so a run that is broken off is begun again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import models, transaction
from django.db.models.functions import Cast

from foundation.personal_data import EncryptedField, decrypted, lookup_key

BATCH = 200
PASSES_MAX = 5


@dataclass
class Rotation:
    """What became of one table: rows looked at, columns encrypted anew and look-up columns recomputed, and what is left.

    ``unreadable``: primary keys of rows with a value that none of FIELD_KEYS decrypts; ``held``: how many rows somebody
    else held in every pass.
    """

    model: type[models.Model]
    rows: int = 0
    encrypted: int = 0
    recomputed: int = 0
    unreadable: list[Any] = field(default_factory=list)
    held: int = 0

    @property
    def is_done(self) -> bool:
        return not self.held and not self.unreadable


def encrypted_columns() -> dict[type[models.Model], list[EncryptedField]]:
    """Every table with encrypted columns, out of the models themselves."""
    found = {
        model: [one for one in model._meta.concrete_fields if isinstance(one, EncryptedField)]
        for model in apps.get_models(include_auto_created=True)
    }
    return {model: columns for model, columns in found.items() if columns}


def rotate(model: type[models.Model], *, batch: int = BATCH, write: bool = True) -> Rotation:
    """Bring one table under the keys in force; without ``write`` only count what stands under others."""
    columns = encrypted_columns()[model]
    total = _pass(model, columns, batch=batch, write=write)
    for _ in range(PASSES_MAX - 1):
        if not total.held:
            break
        more = _pass(model, columns, batch=batch, write=write)
        total.encrypted += more.encrypted
        total.recomputed += more.recomputed
        total.held = more.held
    return total


def _pass(
    model: type[models.Model], columns: list[EncryptedField], *, batch: int, write: bool
) -> Rotation:
    done = Rotation(model)
    for rows in _batches(model, columns, batch):
        done.rows += len(rows)
        stale = []
        for row in rows:
            state = _stale(row, columns)
            if state is None:
                done.unreadable.append(row["pk"])
            elif state:
                stale.append(row["pk"])
                if not write:
                    _count(done, state, columns)
        if stale and write:
            _write(done, model, columns, stale)
    return done


def _batches(
    model: type[models.Model], columns: list[EncryptedField], batch: int
) -> Iterator[list[dict[str, Any]]]:
    after: Any = None
    rows = _raw(model, columns).order_by("pk")
    while found := list((rows if after is None else rows.filter(pk__gt=after))[:batch]):
        yield found
        after = found[-1]["pk"]


def _raw(model: type[models.Model], columns: list[EncryptedField]) -> models.QuerySet[Any, Any]:
    """The rows as the database has them: tokens, not what they say."""
    tokens = {f"token_{one.name}": Cast(one.name, models.TextField()) for one in columns}
    lookups = [one.lookup for one in columns if one.lookup]
    return model._base_manager.annotate(**tokens).values("pk", *tokens, *lookups)


def _write(
    done: Rotation, model: type[models.Model], columns: list[EncryptedField], stale: list[Any]
) -> None:
    with transaction.atomic():
        # Read again under the lock: the portal may have written a newer value meanwhile.
        locked = _raw(model, columns).filter(pk__in=stale).order_by("pk")
        rows = list(locked.select_for_update(skip_locked=True))
        done.held += len(stale) - len(rows)
        for row in rows:
            values = _stale(row, columns)
            if not values:
                continue
            model._base_manager.filter(pk=row["pk"]).update(**values)
            _count(done, values, columns)


def _stale(row: dict[str, Any], columns: list[EncryptedField]) -> dict[str, str] | None:
    """What has to be written for the row to stand under the keys in force; None when a value cannot be read."""
    values: dict[str, str] = {}
    for one in columns:
        token = row[f"token_{one.name}"]
        if not token:
            continue
        text = decrypted(token)
        if not text:
            return None
        if not _is_under_first_key(token):
            values[one.name] = text
        if one.lookup and row[one.lookup] and row[one.lookup] != lookup_key(text):
            values[one.lookup] = lookup_key(text)
    return values


def _count(done: Rotation, values: dict[str, str], columns: list[EncryptedField]) -> None:
    names = {one.name for one in columns}
    done.encrypted += len(values.keys() & names)
    done.recomputed += len(values.keys() - names)


def _is_under_first_key(token: str) -> bool:
    try:
        Fernet(settings.FIELD_KEYS[0]).decrypt(token.encode())
    except InvalidToken:
        return False
    return True
