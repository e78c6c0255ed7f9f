"""What a look into a file finds, and why it may be refused."""

from __future__ import annotations

from dataclasses import dataclass, field

PIXELS_MAX = 50_000_000
FILE_BYTES_MAX = 5 * 1024 * 1024


class Refused(Exception):
    """The file is not accepted; ``reason`` is a key of ``checks.REASONS``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass
class Found:
    """``content``: the bytes to keep; ``grey``: numbers of pages without colour; ``coarse``: page number to dpi."""

    content: bytes
    thumbnail: bytes
    pages: int = 1
    grey: list[int] = field(default_factory=list)
    coarse: dict[int, int] = field(default_factory=dict)
