"""Writes of the API's own."""

from foundation.api.operations.answers import remove_old_answers
from foundation.api.operations.tokens import make_token, note_use, revoke_token

__all__ = ["make_token", "note_use", "remove_old_answers", "revoke_token"]
