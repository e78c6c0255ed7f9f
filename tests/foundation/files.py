"""Files that people upload, and files that only somebody hostile uploads; all made here."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Sequence
from typing import Any

from PIL import Image, ImageDraw
from pypdf import PdfWriter

RED = (200, 30, 30)
A4_AT_200 = (1654, 2339)


def page(
    size: tuple[int, int] = A4_AT_200, *, stamp: bool = True, mode: str = "RGB"
) -> Image.Image:
    """A sheet with lines of text, and a red stamp that makes it one in colour."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    for line in range(10):
        y = size[1] * (line + 1) // 16
        draw.line([(size[0] // 10, y), (size[0] * 9 // 10, y)], "black", max(1, size[1] // 300))
    if stamp:
        box = [size[0] * 6 // 10, size[1] * 7 // 10, size[0] * 9 // 10, size[1] * 9 // 10]
        draw.ellipse(box, outline=RED, width=max(2, size[0] // 80))
    return image.convert(mode)


def encoded(image: Image.Image, kind: str, **how: Any) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()


def jpeg(size: tuple[int, int] = A4_AT_200, **how: Any) -> bytes:
    return encoded(page(size), "JPEG", **how)


def png(size: tuple[int, int] = A4_AT_200, **how: Any) -> bytes:
    return encoded(page(size), "PNG", **how)


def scanned_pdf(*pages: Image.Image, dpi: int = 200) -> bytes:
    """Pictures as pages of a PDF, as a scanner makes it."""
    first, *rest = pages or (page(),)
    return encoded(first, "PDF", save_all=True, append_images=rest, resolution=dpi)


def pdf_of(
    objects: Sequence[bytes], *, root: int = 1, more: bytes = b"", filling: int = 0
) -> bytes:
    """A PDF with these numbered objects and a right table; ``filling`` bytes of comment stand before the table."""
    out = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    if filling:
        out += b"%" + b"x" * (filling - 2) + b"\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root %d 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        root,
        more,
        start,
    )
    return bytes(out)


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%s>>stream\n%s\nendstream" % (len(content), entries, content)


def plain_pdf(
    *, catalog: bytes = b"", page_entries: bytes = b"", more: Sequence[bytes] = (), filling: int = 0
) -> bytes:
    """One A4 page; ``more`` objects begin at number 5."""
    return pdf_of(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R%s>>" % page_entries,
            stream(b"0 0 1 rg 72 72 200 200 re f"),
            *more,
        ],
        filling=filling,
    )


def pdf_of_length(length: int) -> bytes:
    """A sound PDF of exactly so many bytes."""
    return plain_pdf(filling=length - len(plain_pdf(filling=10)) + 10 - _longer_offset(length))


def _longer_offset(length: int) -> int:
    """How many more digits the table's place has once the filling is in."""
    return len(str(length - 400)) - len(str(len(plain_pdf()) - 200))


def locked_pdf(*, user: str, owner: str) -> bytes:
    writer = PdfWriter(io.BytesIO(scanned_pdf()))
    writer.encrypt(user_password=user, owner_password=owner, algorithm="AES-256")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def pdf_with_attachment() -> bytes:
    writer = PdfWriter(io.BytesIO(scanned_pdf()))
    writer.add_attachment("a.exe", b"MZ")
    content = io.BytesIO()
    writer.write(content)
    return content.getvalue()


def hidden_in_an_object_stream(body: bytes) -> bytes:
    """A PDF 1.5 file whose object 5 has ``body`` and stands compressed where a search of the bytes finds nothing."""
    inner = b"5 0 " + body
    packed = zlib.compress(inner)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/OpenAction 5 0 R>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
        4: stream(packed, b"/Type/ObjStm/N 1/First 4/Filter/FlateDecode"),
    }
    out = bytearray(b"%PDF-1.5\n")
    places = {}
    for number, content in objects.items():
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    rows = [(0, 0, 65535), *((1, places[n], 0) for n in (1, 2, 3, 4)), (2, 4, 0), (1, start, 0)]
    table = b"".join(struct.pack("!BIH", *row) for row in rows)
    out += b"6 0 obj\n%s\nendobj\n" % stream(table, b"/Type/XRef/Size 7/W[1 4 2]/Root 1 0 R")
    out += b"startxref\n%d\n%%%%EOF\n" % start
    return bytes(out)


def png_header_of(width: int, height: int) -> bytes:
    """A small PNG that claims a size; its rows of zeros pack a thousandfold."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack("!L", len(data)) + kind + data + struct.pack("!L", zlib.crc32(kind + data))
        )

    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack("!LLBBBBB", width, height, 1, 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(b"\0" * ((width + 7) // 8 + 1) * height))
        + chunk(b"IEND", b"")
    )


def exif(*, orientation: int = 1) -> Image.Exif:
    """What a phone writes: where it was, its make, and how it was held."""
    told = Image.Exif()
    told[0x0112] = orientation
    told[0x010F] = "PhoneMaker"
    told.get_ifd(0x8825).update({1: "N", 2: (23.0, 7.0, 45.0), 3: "E", 4: (113.0, 15.0, 30.0)})
    return told


def text_in(content: bytes) -> bytes:
    """Everything of a file that could be read as text."""
    return b" ".join(re.findall(rb"[\x20-\x7e]{4,}", content))
