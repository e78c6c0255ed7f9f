"""Personal data at rest: encrypted fields with a keyed look-up column, and masks for the screen (F5)."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


@lru_cache(maxsize=4)
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def encrypted(text: str) -> str:
    """``text`` under the first of FIELD_KEYS, as a Fernet token."""
    return _cipher(tuple(settings.FIELD_KEYS)).encrypt(text.encode()).decode()


def decrypted(token: str) -> str:
    """The text of a token made under any of FIELD_KEYS; "" for a token of none of them."""
    try:
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(token.encode()).decode()
    except InvalidToken:
        return ""


class EncryptedField(models.TextField):
    """Text that the database only sees encrypted (Fernet; the first of FIELD_KEYS encrypts, all decrypt).

    It cannot be searched; where equality must be asked, ``lookup`` names the column beside it that holds the value's
    ``lookup_key``. ``manage.py rotate_keys`` finds both by that.
    """

    def __init__(self, *args: Any, lookup: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup = lookup

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        if not value:
            return value
        return encrypted(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        if not value:
            return value
        return _cipher(tuple(settings.FIELD_KEYS)).decrypt(value.encode()).decode()


def lookup_key(value: str) -> str:
    """A keyed digest (HMAC-SHA-256, hex) of an ID number or phone number, for equality look-ups only."""
    return lookup_keys(value)[0]


def lookup_keys(value: str) -> list[str]:
    """The digests under the key in force and every former one: while keys are rotated, rows stand under either."""
    normal = value.strip().upper().encode()
    return [
        hmac.new(key.encode(), normal, hashlib.sha256).hexdigest()
        for key in (settings.LOOKUP_KEY, *settings.LOOKUP_KEY_FALLBACKS)
    ]


def keys_of(record: models.Model, *names: str) -> set[str]:
    """Under every key in force, the digests of these encrypted fields of ``record``; empty values have none.

    Compared with what is stored elsewhere, they meet it in the middle of a rotation too.
    """
    keys: set[str] = set()
    for name in names:
        field: Any = record._meta.get_field(name)
        keys.add(getattr(record, field.lookup))
        if settings.LOOKUP_KEY_FALLBACKS and (value := getattr(record, name)):
            keys |= set(lookup_keys(value))
    return keys - {""}


def mask_id_number(value: str) -> str:
    """First three and last two characters of an ID number: 440***********12."""
    return f"{value[:3]}{'*' * max(len(value) - 5, 0)}{value[-2:]}" if value else ""


def mask_mobile(value: str) -> str:
    """First three and last four digits of a phone number: 138****5678."""
    return f"{value[:3]}****{value[-4:]}" if value else ""


def mask_credit_code(value: str) -> str:
    """A credit code as public lists show it (B7): first four and last four characters."""
    return f"{value[:4]}{'*' * max(len(value) - 8, 0)}{value[-4:]}" if value else ""
