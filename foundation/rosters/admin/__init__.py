"""The staff desk for the rosters: lists to read, roster files, violations and sanctions (E8, S1)."""

from foundation.rosters.admin import imports, lists, violations

__all__ = ["imports", "lists", "violations"]
