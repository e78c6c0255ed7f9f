"""Writes of the dashboards' own rows; nothing of any other floor is written from here."""
