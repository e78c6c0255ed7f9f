"""Long sequences in pieces of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batched(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Lists of at most ``size`` items, in order, fetched as they are asked for (itertools.batched of Python 3.12)."""
    coming = iter(items)
    while batch := list(islice(coming, size)):
        yield batch
