"""Mobile numbers as people type them, and personal data in what people write: found, so that it can be refused (F5)."""

from __future__ import annotations

import re
import unicodedata

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_MOBILE_INSIDE = re.compile(rf"(?<![0-9]){_MOBILE.pattern}(?![0-9])")
# By its shape with the century of birth: a mistyped number says as much about a person as the right one.
_ID_INSIDE = re.compile(r"(?<![0-9A-Z])[1-9][0-9]{5}(?:19|20)[0-9]{9}[0-9X](?![0-9A-Z])")


def plain_mobile(value: str) -> str:
    """A mobile number without width differences, blanks, hyphens and the country code."""
    return re.sub(r"[\s-]+", "", unicodedata.normalize("NFKC", value)).removeprefix("+86")


def is_mobile(value: str) -> bool:
    """Whether a text is a mobile number, once width, blanks and the country code are set aside."""
    return bool(_MOBILE.fullmatch(plain_mobile(value)))


def holds_personal_data(text: str) -> bool:
    """Whether a text holds a mobile number or what looks like an ID number, in whatever width it is written."""
    narrow = unicodedata.normalize("NFKC", text).upper()
    return bool(_MOBILE_INSIDE.search(narrow) or _ID_INSIDE.search(narrow))
