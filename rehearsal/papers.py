"""Small real PDFs to hand in: one page that says what it stands for, no two with equal bytes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.rosters.columns import ROSTERS

_PAGE = (595, 842)
# One of the fonts that every reader of Chinese PDFs brings along, so that none is embedded.
_CHINESE = (
    b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[6 0 R]>>",
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo"
    b"<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>/FontDescriptor 7 0 R/DW 1000>>",
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
    b"/Ascent 880/Descent -120/CapHeight 880/StemV 93>>",
)

_LATIN = (b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",)


class Papers:
    """Makes papers one after the other; the same calls make the same papers.

    ``plain`` ones bear their number alone, in a font that no reader has to look for: a season's are read by nobody.
    """

    def __init__(self, tag: str, *, plain: bool = False) -> None:
        self._tag = tag
        self._plain = plain
        self._made = 0

    def scan(self, title: str, *lines: str) -> SimpleUploadedFile:
        """A one-page PDF named after its ``title``, with the ``lines`` below it."""
        self._made += 1
        number = f"{self._tag}-{self._made:06d}"
        content = plain_pdf(number) if self._plain else pdf([title, *lines, f"演练材料 {number}"])
        return SimpleUploadedFile(f"{title}.pdf", content, "application/pdf")


def pdf(lines: Iterable[str]) -> bytes:
    """A valid one-page PDF with ``lines`` of text; its ID is made from them."""
    text = list(lines)
    shown = b"".join(
        b"BT /F1 %d Tf 72 %d Td <%s> Tj ET\n"
        % (20 if place == 0 else 12, 760 - 28 * place, line.encode("utf-16-be").hex().encode())
        for place, line in enumerate(text)
    )
    return _page("\n".join(text), shown, _CHINESE)


def plain_pdf(line: str) -> bytes:
    """A valid one-page PDF with one ``line`` of ASCII."""
    return _page(line, b"BT /F1 20 Tf 72 760 Td (%s) Tj ET\n" % line.encode("ascii"), _LATIN)


def _page(text: str, shown: bytes, font: Iterable[bytes]) -> bytes:
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Contents 4 0 R"
        b"/Resources<</Font<</F1 5 0 R>>>>>>" % _PAGE,
        b"<</Length %d>>stream\n%sendstream" % (len(shown), shown),
        *font,
    )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().encode()
    out += b"trailer\n<</Size %d/Root 1 0 R/ID[<%s><%s>]>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        digest,
        digest,
        start,
    )
    return bytes(out)


def roster_sheet(kind: str, rows: Iterable[Mapping[str, str]]) -> SimpleUploadedFile:
    """A roster file of ``kind`` as the bureau gets it: CSV with the Chinese headers, rows by column key (E8)."""
    columns = ROSTERS[kind].all_columns
    lines = [",".join(column.header for column in columns)]
    lines += [",".join(row.get(column.key, "") for column in columns) for row in rows]
    content = "\r\n".join(lines).encode("utf-8-sig")
    return SimpleUploadedFile(f"{ROSTERS[kind].kind.label}.csv", content, "text/csv")
