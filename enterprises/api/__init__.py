"""Registration and yearly qualification by the API."""
