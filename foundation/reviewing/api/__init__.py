"""The review screens by the API."""
