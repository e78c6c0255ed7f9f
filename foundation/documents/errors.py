"""Why a file is not kept, or not given."""

from __future__ import annotations

from foundation.errors import Refusal


class UnableToKeepFile(Refusal):
    """An uploaded file that is not accepted (F1)."""

    rule = "F1"


class UnableToScan(UnableToKeepFile):
    """The virus scanner found something, or did not answer (F4)."""

    rule = "F4"


class StoreUnavailable(UnableToKeepFile):
    """The file store is full or does not answer; nothing was kept."""

    rule = "F4"


class BytesMissing(Exception):
    """A row points to bytes that the store does not have: a matter for the back-up."""
