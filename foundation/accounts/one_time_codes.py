"""The codes of the second factor: time-based ones of an authenticator (RFC 6238), and recovery codes.

django-otp's algorithm is used without its models: those keep the shared secret unencrypted and read the clock
themselves (docs/adr/0030).
"""

from __future__ import annotations

import base64
import re
import secrets
import unicodedata
from datetime import datetime
from urllib.parse import quote, urlencode

from django_otp.oath import TOTP

from foundation.personal_data import lookup_keys

ISSUER = "服务券平台"
KEY_BYTES = 20
STEP_SECONDS = 30
DIGITS = 6
# Clocks of telephones: the codes of one step before and one after are taken too.
TOLERANCE_STEPS = 1
RECOVERY_CODES = 10
RECOVERY_BYTES = 15  # 120 bits, 24 characters of base32


def new_key() -> str:
    """A shared secret, base32."""
    return base64.b32encode(secrets.token_bytes(KEY_BYTES)).decode()


def key_uri(key: str, username: str) -> str:
    """The address that an authenticator reads out of a QR code."""
    label = quote(f"{ISSUER}:{username}")
    query = urlencode({"secret": key, "issuer": ISSUER, "digits": DIGITS, "period": STEP_SECONDS})
    return f"otpauth://totp/{label}?{query}"


def step_of(key: str, code: str, *, at: datetime, after: int) -> int | None:
    """The time step whose code this is, around ``at`` and later than step ``after``; None for any other code."""
    if not is_time_code(code):
        return None
    totp = TOTP(base64.b32decode(key), step=STEP_SECONDS, digits=DIGITS)
    totp.time = at.timestamp()
    if not totp.verify(int(code), tolerance=TOLERANCE_STEPS, min_t=after + 1):
        return None
    return int(totp.t())


def normal(typed: str) -> str:
    """What was typed without differences of width, case, blanks and dashes."""
    return re.sub(r"[\s\-]+", "", unicodedata.normalize("NFKC", typed)).upper()


def is_time_code(code: str) -> bool:
    """Whether it has the shape of an authenticator's code; anything else is tried as a recovery code."""
    return len(code) == DIGITS and code.isascii() and code.isdecimal()


def new_recovery_code() -> str:
    """A recovery code as it is shown: ABCD-EFGH-JKLM-NPQR-STUV-WXYZ."""
    text = base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def check_words(authenticator_pk: int, key: str) -> str:
    """Eight characters by which two people on the telephone know that they speak of the same authenticator."""
    digest = lookup_keys(f"vouch:{authenticator_pk}:{key}")[0]
    text = base64.b32encode(bytes.fromhex(digest)).decode()[:8]
    return f"{text[:4]}-{text[4:]}"


def recovery_digests(account_pk: int, code: str) -> list[str]:
    """What is kept of a recovery code: a keyed digest, which no look-up in the database turns back.

    The first is under the key in force, the others under former ones: nobody can recompute a digest.
    """
    return lookup_keys(f"recovery:{account_pk}:{normal(code)}")
