"""The staff desk for claims, lines, opinions, publicity, objections and payments."""

from redemption.admin import claims, opinions, publicity

__all__ = ["claims", "opinions", "publicity"]
