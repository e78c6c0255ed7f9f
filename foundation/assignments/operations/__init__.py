"""Every write about who has which file in hand."""

from foundation.assignments.operations.holding import (
    finish_file,
    hand_over_file,
    keep_file_in_hand,
    release_file,
    take_file,
    work_on_file,
)

__all__ = [
    "finish_file",
    "hand_over_file",
    "keep_file_in_hand",
    "release_file",
    "take_file",
    "work_on_file",
]
