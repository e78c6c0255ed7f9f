"""Orders, contracts and payments by the API, for both sides of an order."""
