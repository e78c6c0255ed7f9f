"""Several pictures as one PDF, a page of A4 each (F2)."""

from __future__ import annotations

import io
from typing import TypedDict

import img2pdf
from PIL import Image

from foundation.documents.worker.found import FILE_BYTES_MAX, Found, Refused
from foundation.documents.worker.images import opened, without_metadata
from foundation.documents.worker.looking import (
    A4_INCHES,
    DPI_MIN,
    dpi_on_a4,
    is_grey,
    small_of,
    thumbnail_of,
)

# Tried in this order until the PDF fits: dots per inch on A4, JPEG quality. Below the last it would not be legible.
LEVELS = ((300, 85), (250, 80), (200, 75), (200, 60), (200, 45))
# More pages than these cannot fit at the finer levels, so they are not tried.
PAGES_AT_FINE_LEVELS = 6
PAGE_OVERHEAD_BYTES = 1500

_TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


class Sheet(TypedDict):
    """One picture: how many of the bytes are its own, and by how many degrees it is turned clockwise."""

    size: int
    turn: int


def merge(sheets: list[Sheet], content: bytes) -> Found:
    """The pictures that stand one after the other in ``content`` as one PDF of at most 5 MiB; raises Refused."""
    found = Found(content=b"", thumbnail=b"", pages=len(sheets))
    sources: list[tuple[bytes, list[Image.Transpose]]] = []
    pages: list[bytes] = []
    place = 0
    for number, sheet in enumerate(sheets, start=1):
        plain, upright = without_metadata(content[place : place + sheet["size"]])
        place += sheet["size"]
        turns = [turn for turn in (upright, _TURNS.get(sheet["turn"])) if turn is not None]
        image = opened(plain)
        image.load()
        if is_grey(small_of(image)):
            found.grey.append(number)
        if (dpi := dpi_on_a4(image.size)) < DPI_MIN:
            found.coarse[number] = dpi
        if number == 1:
            found.thumbnail = thumbnail_of(_turned(small_of(image), turns))
        sources.append((plain, turns))
        pages.append(plain if not turns and _fits_a_page(image) else _page(image, turns, 0, 92))
    levels = LEVELS if len(sheets) <= PAGES_AT_FINE_LEVELS else LEVELS[2:]
    for dpi, quality in levels:
        if _weight(pages) <= FILE_BYTES_MAX:
            break
        pages = [_page(opened(plain), turns, dpi, quality) for plain, turns in sources]
    found.content = _pdf(pages)
    if len(found.content) > FILE_BYTES_MAX:
        raise Refused("merged_large")
    return found


def _weight(pages: list[bytes]) -> int:
    return sum(map(len, pages)) + PAGE_OVERHEAD_BYTES * (len(pages) + 1)


def _fits_a_page(image: Image.Image) -> bool:
    """Whether the file can stand in a PDF as it is."""
    return image.mode in {"L", "RGB", "1"} and "transparency" not in image.info


def _turned(image: Image.Image, turns: list[Image.Transpose]) -> Image.Image:
    for turn in turns:
        image = image.transpose(turn)
    return image


def _page(image: Image.Image, turns: list[Image.Transpose], dpi: int, quality: int) -> bytes:
    """The picture as a JPEG, no finer than ``dpi`` on A4 (0: as fine as it is)."""
    pixels = max(image.size)
    if dpi:
        short, long = sorted(image.size)
        share = min(1.0, max(dpi * A4_INCHES[0] / short, dpi * A4_INCHES[1] / long))
        pixels = round(pixels * share)
        image.draft("RGB", (round(image.width * share), round(image.height * share)))
    content = io.BytesIO()
    _turned(small_of(image, pixels), turns).save(content, "JPEG", quality=quality, optimize=True)
    return content.getvalue()


def _pdf(pages: list[bytes]) -> bytes:
    sheet = (img2pdf.mm_to_pt(210), img2pdf.mm_to_pt(297))
    layout = img2pdf.get_layout_fun(pagesize=sheet, fit=img2pdf.FitMode.into, auto_orient=True)
    made: bytes = img2pdf.convert(
        pages, layout_fun=layout, nodate=True, producer="", engine=img2pdf.Engine.internal
    )
    return made
