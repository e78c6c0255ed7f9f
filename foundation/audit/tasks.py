"""The job that seals the append-only tables."""

from __future__ import annotations

from datetime import datetime

from foundation.audit.sealing.operations import seal_settled_rows


def seal_rows(at: datetime) -> int:
    """Seal what can no longer change; how many rows."""
    return sum(seal.count for seal in seal_settled_rows(at=at))
