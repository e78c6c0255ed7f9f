"""The staff desk for claims, lines, opinions, publicity, objections and payments."""

from redemption.admin import claims, publicity

__all__ = ["claims", "publicity"]
