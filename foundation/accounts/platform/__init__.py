"""Signing in by the province's unified identity platform, OpenID Connect (E1, docs/adr/0035)."""
