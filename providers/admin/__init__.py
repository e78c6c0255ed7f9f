"""The desk of institutions and their products; the contractor of the level decides, the bureau reads (P2, P6)."""

from providers.admin import changes, institutions, products

__all__ = ["changes", "institutions", "products"]
