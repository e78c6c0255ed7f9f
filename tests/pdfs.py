"""Reading back what a form prints."""

from __future__ import annotations

import re
from io import BytesIO

import pypdfium2
from pypdf import PdfReader

# Everything that means something to the typesetter, to HTML, or to a format string.
HOSTILE = '#panic("x") \\ [ ] $ " _ * @ < > ` {name} // /* = - + {{x}} %s 广州'


def words(content: bytes) -> str:
    """All text of a PDF without the spaces and breaks of its layout."""
    return flat("".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages))


def flat(text: str) -> str:
    """Text without white space, to look for in ``words``."""
    return re.sub(r"\s+", "", text)


def pages(content: bytes) -> list[str]:
    """The text of each page, flat."""
    return [flat(page.extract_text()) for page in PdfReader(BytesIO(content)).pages]


def fonts_embedded(content: bytes) -> dict[str, bool]:
    """Every font by its name, and whether the file brings it along."""
    found: dict[str, bool] = {}
    for page in PdfReader(BytesIO(content)).pages:
        for reference in page["/Resources"]["/Font"].values():
            font = reference.get_object()
            font = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            descriptor = font["/FontDescriptor"].get_object()
            found[font["/BaseFont"]] = any(key.startswith("/FontFile") for key in descriptor)
    return found


MM = 72 / 25.4


def extent(content: bytes, sign: str) -> tuple[float, float]:
    """How far left and right the ink of a character goes on any page, in mm from the left edge."""
    edges = []
    for page in pypdfium2.PdfDocument(content):
        text = page.get_textpage()
        for index, found in enumerate(text.get_text_range()):
            if found == sign:
                left, _, right, _ = text.get_charbox(index)
                edges += [left / MM, right / MM]
    return min(edges), max(edges)
