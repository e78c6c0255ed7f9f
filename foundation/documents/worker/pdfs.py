"""PDF: opens without a password, does nothing by itself, has pages (F1), and how its scanned pages look (F3).

Two readers look at each file, because one may overlook what the other would run: pypdf goes through every object, PDFium
is asked for what it found and draws the pages. The file itself is kept as it came: rewriting it would break the
signatures of electronic invoices.
"""

from __future__ import annotations

import io
import math
import re
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image
from pypdf import PdfReader
from pypdf.errors import DependencyError, PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from foundation.documents.worker.found import PIXELS_MAX, Found, Refused
from foundation.documents.worker.looking import (
    DPI_MIN,
    LOOK_PIXELS,
    PAGE_PIXELS,
    is_grey,
    page_of,
    thumbnail_of,
)

VALUES_MAX = 1_000_000
PAGES_LOOKED_AT = 20
# A page of which pictures cover this much is a scan.
SCAN_SHARE = 0.5
NESTING_MAX = 3

ACTIONS = {
    *("/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/GoToR"),
    *("/Rendition", "/Movie", "/Sound", "/RichMediaExecute"),
}
# What may follow without a click: moving about in the file itself. A link to the web is harmless only where somebody has
# to press it.
PASSIVE = {"", "/GoTo", "/Named"}
UNASKED = ("/OpenAction", "/AA", "/Next")
ANNOTATIONS = {"/RichMedia", "/3D", "/Screen", "/Movie", "/Sound"}
# Also where no object table leads to them, for readers that repair files in another way.
_RAW_SCRIPT = re.compile(rb"/(JavaScript|Launch|RichMedia)\b")
_RAW_EMBEDDED = re.compile(rb"/EmbeddedFile\b")


def check(content: bytes) -> Found:
    """What the pages look like; raises Refused."""
    _require_passive(content)
    document = _opened(content)
    if len(document) == 0:
        raise Refused("no_pages")
    found = Found(content=content, thumbnail=b"", pages=len(document))
    for number in range(1, min(len(document), PAGES_LOOKED_AT) + 1):
        page = document[number - 1]
        dpi = _scan_dpi(page)
        if dpi is not None or number == 1:
            drawn = _drawn(page)
            if number == 1:
                found.thumbnail = thumbnail_of(drawn)
            if dpi is not None and is_grey(drawn):
                found.grey.append(number)
        if dpi is not None and dpi < DPI_MIN:
            found.coarse[number] = dpi
        page.close()
    return found


def thumbnail(content: bytes) -> bytes:
    """A small picture of the first page."""
    return thumbnail_of(_drawn(_opened(content)[0]))


def page(content: bytes, number: int) -> bytes:
    """A page to read, the first is 1; raises Refused when there is none."""
    document = _opened(content)
    if not 1 <= number <= len(document):
        raise Refused("no_pages")
    return page_of(_drawn(document[number - 1], PAGE_PIXELS))


def _require_passive(content: bytes) -> None:
    if _RAW_SCRIPT.search(content):
        raise Refused("active")
    if _RAW_EMBEDDED.search(content):
        raise Refused("embedded")
    try:
        reader = PdfReader(io.BytesIO(content))
        # Invoices forbid changes by an owner's password and open without one.
        if reader.is_encrypted and not reader.decrypt(""):
            raise Refused("password")
    except (DependencyError, NotImplementedError) as error:
        raise Refused("password") from error
    except PyPdfError as error:
        raise Refused("damaged") from error
    if not reader.root_object.get("/Pages", {}).get("/Kids"):
        raise Refused("no_pages")
    seen = 0
    led_to: set[int] = set()
    unreadable: set[int] = set()
    for number, generation in _objects(reader):
        try:
            kept = reader.get_object(IndirectObject(number, generation, reader))
        except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
            unreadable.add(number)
            continue
        below: list[Any] = [kept]
        while below:
            seen += 1
            if seen > VALUES_MAX:
                raise Refused("costly")
            value = below.pop()
            if isinstance(value, DictionaryObject):
                _look_at(value)
                below += dict.values(value)
            elif isinstance(value, ArrayObject):
                below += list.__iter__(value)
            elif isinstance(value, IndirectObject):
                led_to.add(value.idnum)
    # Entries that nothing leads to are often broken; what is in use must have been looked at.
    if not led_to.isdisjoint(unreadable):
        raise Refused("damaged")


def _objects(reader: PdfReader) -> set[tuple[int, int]]:
    listed = {
        (number, generation)
        for generation, places in reader.xref.items()
        for number in places
        # What older revisions of the file had under other generations is there too.
        if generation < 65535
    }
    return listed | {(number, 0) for number in reader.xref_objStm}


def _look_at(value: DictionaryObject) -> None:
    """Refuse what acts or carries other files, and pictures too large to draw."""
    if not {"/JS", "/XFA", "/JavaScript"}.isdisjoint(value) or _name(value, "/S") in ACTIONS:
        raise Refused("active")
    if not {_name(action, "/S") for action in _unasked(value)} <= PASSIVE:
        raise Refused("active")
    kind = _name(value, "/Subtype")
    if kind in ANNOTATIONS and ("/Rect" in value or _name(value, "/Type") == "/Annot"):
        raise Refused("active")
    if (
        not {"/EF", "/Collection"}.isdisjoint(value)
        or kind == "/FileAttachment"
        or _name(value, "/Type") == "/EmbeddedFile"
    ):
        raise Refused("embedded")
    if kind == "/Image":
        sides = [value.get("/Width", 0), value.get("/Height", 0)]
        width, height = (
            float(side.get_object()) if hasattr(side, "get_object") else 0 for side in sides
        )
        if width * height > PIXELS_MAX:
            raise Refused("pixels")


def _unasked(value: DictionaryObject) -> list[DictionaryObject]:
    """The actions that a dictionary starts by itself: on opening, on showing a page, after another one."""
    found: list[Any] = []
    for key in UNASKED:
        begun = _read(value, key)
        if isinstance(begun, ArrayObject):
            found += [_read(begun, place) for place in range(len(begun))]
        elif key == "/AA" and isinstance(begun, DictionaryObject):
            found += [_read(begun, trigger) for trigger in begun]
        else:
            found.append(begun)
    return [one for one in found if isinstance(one, DictionaryObject)]


def _name(value: DictionaryObject, key: str) -> str:
    """A name in a dictionary, also where it stands in an object of its own."""
    found = _read(value, key)
    return "" if found is None else str(found)


def _read(value: Any, place: Any) -> Any:
    """What stands at a key or place, also in an object of its own; None where there is nothing to be read."""
    try:
        return value[place].get_object()
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        return None


def _opened(content: bytes) -> pdfium.PdfDocument:
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        password = getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD
        raise Refused("password" if password else "damaged") from error
    if pdfium_c.FPDFDoc_GetJavaScriptActionCount(document) > 0:
        raise Refused("active")
    if pdfium_c.FPDFDoc_GetAttachmentCount(document) > 0:
        raise Refused("embedded")
    if pdfium_c.FPDF_GetFormType(document) in {
        pdfium_c.FORMTYPE_XFA_FULL,
        pdfium_c.FORMTYPE_XFA_FOREGROUND,
    }:
        raise Refused("active")
    return document


def _scan_dpi(page: pdfium.PdfPage) -> int | None:
    """The resolution of the largest picture of a scanned page, None for a page that is no scan."""
    width, height = page.get_size()
    covered, largest, dpi = 0.0, 0.0, 0.0
    for found in page.get_objects([pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=NESTING_MAX):
        left, bottom, right, top = found.get_bounds()
        across, up = min(right - left, width), min(top - bottom, height)
        if across <= 0 or up <= 0:
            continue
        covered += across * up
        if across * up > largest:
            largest = across * up
            pixels = math.prod(found.get_px_size())
            dpi = 72 * math.sqrt(pixels / ((right - left) * (top - bottom)))
    return round(dpi) if covered > SCAN_SHARE * width * height else None


def _drawn(page: pdfium.PdfPage, pixels: int = LOOK_PIXELS) -> Image.Image:
    """The page in RGB, its longer side about ``pixels``."""
    scale = pixels / max(*page.get_size(), 1)
    drawn: Image.Image = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    return drawn
