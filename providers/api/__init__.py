"""A provider's own institution and products by the API."""
