"""The public catalogue: what providers sell, with the ratings and acceptance that this floor knows (P5, P6, P7)."""
