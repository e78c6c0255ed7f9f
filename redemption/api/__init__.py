"""Claims, publicity and settlement results by the API."""
