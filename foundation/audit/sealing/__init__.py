"""The chain of seals over the append-only tables (docs/adr/0032)."""
