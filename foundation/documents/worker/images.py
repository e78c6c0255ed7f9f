"""JPEG and PNG: complete, not too large, and without what they tell beside the picture (F1, F4).

What is dropped is dropped by copying the file without it, so the picture keeps its quality: Exif with the place it was
taken, XMP, comments, texts, previews, further pictures, and whatever follows the end. Only a picture that its Exif says
to turn is encoded anew, upright, with its own quantisation.
"""

from __future__ import annotations

import io
import re

from PIL import Image, JpegImagePlugin

from foundation.documents.worker.found import FILE_BYTES_MAX, PIXELS_MAX, Found, Refused
from foundation.documents.worker.looking import (
    DPI_MIN,
    dpi_on_a4,
    is_grey,
    page_of,
    small_of,
    thumbnail_of,
)

PNG_START = b"\x89PNG\r\n\x1a\n"
PNG_CHUNKS_KEPT = {
    *(b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS"),
    *(b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs", b"bKGD"),
}
# The start of a JPEG segment's data, by its marker: JFIF, colour profile, Adobe's colour transform.
JPEG_EXTRAS_KEPT = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
_NEXT_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def check(content: bytes) -> Found:
    """The picture as it is kept; raises Refused."""
    plain, turn = without_metadata(content)
    image = opened(plain)
    image.load()
    if turn is not None:
        upright = image.transpose(turn)
        plain = _encoded(upright, like=image)
        image = upright
    dpi = dpi_on_a4(image.size)
    return Found(
        content=plain,
        thumbnail=thumbnail_of(image),
        grey=[1] if is_grey(small_of(image)) else [],
        coarse={1: dpi} if dpi < DPI_MIN else {},
    )


def thumbnail(content: bytes) -> bytes:
    """A small picture of a kept one."""
    return thumbnail_of(opened(content))


def page(content: bytes, number: int) -> bytes:
    """The picture to read; it has one page."""
    if number != 1:
        raise Refused("no_pages")
    return page_of(opened(content))


def opened(content: bytes) -> Image.Image:
    """The picture, not decoded yet; raises Refused when it is broken or has more than 50 megapixels."""
    try:
        image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG"))
    except (OSError, SyntaxError, ValueError) as error:
        raise Refused("damaged") from error
    if image.width * image.height > PIXELS_MAX:
        raise Refused("pixels")
    return image


def without_metadata(content: bytes) -> tuple[bytes, Image.Transpose | None]:
    """The file without what it tells beside the picture, and how its Exif says to turn it."""
    plain, exif = _plain_png(content) if content.startswith(PNG_START) else _plain_jpeg(content)
    if not exif:
        return plain, None
    told = Image.Exif()
    try:
        told.load(exif)
        return plain, _UPRIGHT.get(told.get(_ORIENTATION, 1))
    except Exception:
        # Nothing is read from broken Exif but that there is nothing to read.
        return plain, None


def _plain_jpeg(content: bytes) -> tuple[bytes, bytes]:
    kept, exif, place = [content[:2]], b"", 2
    while True:
        marker = content[place : place + 2]
        if len(marker) < 2:
            raise Refused("truncated")
        if marker[0] != 0xFF:
            raise Refused("damaged")
        kind = marker[1]
        if kind == 0xFF:
            place += 1
            continue
        if kind == 0xD9:
            kept.append(marker)
            return b"".join(kept), exif
        end = place + 2 + int.from_bytes(content[place + 2 : place + 4])
        data = content[place + 4 : end]
        if end > len(content):
            raise Refused("truncated")
        if kind == 0xDA:
            following = _NEXT_MARKER.search(content, end)
            if following is None:
                raise Refused("truncated")
            end = following.start()
        if kind == 0xE1 and data.startswith(b"Exif\0\0"):
            exif = exif or data
        is_extra = 0xE0 <= kind <= 0xEF or kind == 0xFE
        if not is_extra or (kind in JPEG_EXTRAS_KEPT and data.startswith(JPEG_EXTRAS_KEPT[kind])):
            kept.append(content[place:end])
        place = end


def _plain_png(content: bytes) -> tuple[bytes, bytes]:
    kept, exif, place = [PNG_START], b"", len(PNG_START)
    while True:
        end = place + 12 + int.from_bytes(content[place : place + 4])
        kind = content[place + 4 : place + 8]
        if end > len(content) or len(kind) < 4:
            raise Refused("truncated")
        if kind in PNG_CHUNKS_KEPT:
            kept.append(content[place:end])
        elif kind == b"eXIf":
            exif = content[place + 8 : end - 4]
        if kind == b"IEND":
            return b"".join(kept), exif
        place = end


def _encoded(upright: Image.Image, *, like: Image.Image) -> bytes:
    """An upright picture in the format, colours and quality of the one it was made from."""
    profile = like.info.get("icc_profile")
    if like.format == "PNG":
        content = _saved(upright, "PNG", icc_profile=profile, optimize=True)
    else:
        content = _saved(
            upright,
            "JPEG",
            icc_profile=profile,
            qtables=[_transposed(like.quantization[key]) for key in sorted(like.quantization)],  # type: ignore[attr-defined]
            # Where two pixels side by side share a colour they now stand on each other: keep every colour.
            subsampling=2 if JpegImagePlugin.get_sampling(like) == 2 else 0,
            optimize=True,
        )
        if len(content) > FILE_BYTES_MAX:
            content = _saved(upright, "JPEG", icc_profile=profile, quality=85, optimize=True)
    if len(content) > FILE_BYTES_MAX:
        raise Refused("large")
    return content


def _transposed(table: list[int]) -> list[int]:
    return [table[8 * (place % 8) + place // 8] for place in range(64)]


def _saved(image: Image.Image, kind: str, **how: object) -> bytes:
    content = io.BytesIO()
    image.save(content, kind, **how)
    return content.getvalue()
