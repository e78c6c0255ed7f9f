"""A whole season of the scheme, played act by act under a moving clock.

Everything that happens is a call of an operation with the moment of the play; nothing here reads the real clock, and
all chance comes from one seeded generator, so the same seed gives the same season on every machine and engine.
"""
