"""Voucher numbers: city code, year, batch and serial with two check digits by ISO 7064 MOD 97-10 (V1)."""

from __future__ import annotations

from vouchers.models import Batch, Programme

SERIALS = 10_000_000  # vouchers a batch can have


BATCHES = 100  # batches a programme's numbers have room for
TAIL = SERIALS * 100  # serial and check digits


def programme_numbers(programme: Programme) -> tuple[int, int]:
    """The first number a voucher of the programme can have, and the first beyond: they stand together in order."""
    first = int(f"{programme.city.code}{programme.year % 100:02d}") * BATCHES * TAIL
    return first, first + BATCHES * TAIL


def number_prefix(batch: Batch) -> int:
    """The ten leading digits of the batch's voucher numbers: 6 of the city, 2 of the year, 2 of the batch."""
    programme = batch.programme
    return int(f"{programme.city.code}{programme.year % 100:02d}{batch.number % 100:02d}")


def complete_number(body: int) -> int:
    """``body`` with its two check digits, so that the whole number is 1 modulo 97."""
    return body * 100 + 98 - body * 100 % 97


def is_voucher_number(number: int) -> bool:
    """Whether the check digits fit."""
    return number > 0 and number % 97 == 1


def spoken_number(number: int) -> str:
    """A number as printed, in groups: 440100 20 02 0000001 55."""
    text = str(number)
    return " ".join((text[:6], text[6:8], text[8:10], text[10:17], text[17:]))
