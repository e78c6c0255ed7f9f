"""The crash test: a season goes on while web, worker and database are killed (``script/crash``, docs/adr/0038)."""
