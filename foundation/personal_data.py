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

    It cannot be searched; keep a ``lookup_key`` beside it where equality must be asked.
    """

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
    normal = value.strip().upper().encode()
    return hmac.new(settings.LOOKUP_KEY.encode(), normal, hashlib.sha256).hexdigest()


def mask_id_number(value: str) -> str:
    """First three and last two characters of an ID number: 440***********12."""
    return f"{value[:3]}{'*' * max(len(value) - 5, 0)}{value[-2:]}" if value else ""


def mask_mobile(value: str) -> str:
    """First three and last four digits of a phone number: 138****5678."""
    return f"{value[:3]}****{value[-4:]}" if value else ""


def mask_credit_code(value: str) -> str:
    """A credit code as public lists show it (B7): first four and last four characters."""
    return f"{value[:4]}{'*' * max(len(value) - 8, 0)}{value[-4:]}" if value else ""
