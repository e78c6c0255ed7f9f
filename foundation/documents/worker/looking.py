"""Colour, resolution and small pictures of a page (F3)."""

from __future__ import annotations

import io

from PIL import Image, ImageChops

A4_INCHES = (8.27, 11.69)
DPI_MIN = 150
LOOK_PIXELS = 800
THUMBNAIL_PIXELS = 320
# An A4 page at about 170 dpi: small print and stamps can be read.
PAGE_PIXELS = 2000
# Channels this far apart are colour; JPEG noise and yellowed paper stay below.
COLOUR_SPREAD = 40
COLOUR_SHARE_MIN = 0.0005


def small_of(image: Image.Image, pixels: int = LOOK_PIXELS) -> Image.Image:
    """The picture in RGB on white, its longer side at most ``pixels``."""
    share = min(1.0, pixels / max(image.size))
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    if image.mode not in {"L", "RGB", "RGBA", "CMYK", "LA"}:
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    small = image.resize(size, Image.Resampling.BOX) if size != image.size else image
    if small.mode in {"RGBA", "LA"}:
        small = small.convert("RGBA")
        white = Image.new("RGBA", small.size, "white")
        small = Image.alpha_composite(white, small)
    return small.convert("RGB")


def is_grey(small: Image.Image) -> bool:
    """Whether practically nothing of a page has colour; a red stamp is enough to have some."""
    red, green, blue = small.split()
    lightest = ImageChops.lighter(ImageChops.lighter(red, green), blue)
    darkest = ImageChops.darker(ImageChops.darker(red, green), blue)
    spread = ImageChops.subtract(lightest, darkest).histogram()
    return sum(spread[COLOUR_SPREAD:]) < COLOUR_SHARE_MIN * small.width * small.height


def dpi_on_a4(size: tuple[int, int]) -> int:
    """The resolution of a picture in pixels if it shows a sheet of A4."""
    short, long = sorted(size)
    return round(max(short / A4_INCHES[0], long / A4_INCHES[1]))


def thumbnail_of(image: Image.Image) -> bytes:
    """A JPEG whose longer side is at most 320 pixels."""
    content = io.BytesIO()
    small_of(image, THUMBNAIL_PIXELS).save(content, "JPEG", quality=75, optimize=True)
    return content.getvalue()


def page_of(image: Image.Image) -> bytes:
    """A JPEG to read, its longer side at most 2000 pixels."""
    content = io.BytesIO()
    small_of(image, PAGE_PIXELS).save(content, "JPEG", quality=80, optimize=True)
    return content.getvalue()
