"""Data around one day, so that every screen has something in each state; played through the operations.

The past is played with past moments. Nothing here reads the clock: the day comes in as ``now``.
"""
