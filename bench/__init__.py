"""Measurements of the portal against the least that the same machine could do; see docs/benchmarks.md."""
