"""What looks into an uploaded file, in a bounded process (F1–F4, foundation.bounded).

Four things can be asked: ``check`` one file, ``merge`` several pictures into one PDF, ``thumbnail`` a kept file, draw a
``page`` of it to read. The answer is a line of JSON and the bytes it speaks of. Nothing of the portal is imported but the modules of this package.
"""

from __future__ import annotations

import io
import json

from PIL import Image

from foundation.documents.worker import images, merging, pdfs
from foundation.documents.worker.found import Found, Refused

PDF = "application/pdf"

# Sizes are looked at before decoding; Pillow itself would only warn.
Image.MAX_IMAGE_PIXELS = None


def main(arguments: list[str], content: bytes) -> tuple[int, bytes]:
    """``arguments``: what is asked, and its details; the exit code is always 0, a refusal is an answer."""
    asked, *details = arguments
    try:
        if asked == "check":
            found = pdfs.check(content) if details[0] == PDF else images.check(content)
        elif asked == "merge":
            found = merging.merge(json.loads(details[0]), content)
        elif asked == "page":
            draw = pdfs.page if details[0] == PDF else images.page
            found = Found(content=b"", thumbnail=draw(content, int(details[1])))
        else:
            look = pdfs.thumbnail if details[0] == PDF else images.thumbnail
            found = Found(content=b"", thumbnail=look(content))
    except Refused as refused:
        return 0, _answer({"refused": refused.reason})
    except (MemoryError, RecursionError):
        return 0, _answer({"refused": "costly"})
    except Exception:
        # Whatever a library stumbles over, the file cannot be read.
        return 0, _answer({"refused": "damaged"})
    return 0, _answer(
        {
            "grey": found.grey,
            "coarse": found.coarse,
            "pages": found.pages,
            "size": len(found.content),
        },
        found.content + found.thumbnail,
    )


def warm_up() -> None:
    """Merge and look at a page of our own, so that the libraries have loaded what they load late."""
    picture = io.BytesIO()
    Image.new("RGB", (60, 85), "white").save(picture, "PNG")
    png = picture.getvalue()
    sheet = merging.merge([{"size": len(png), "turn": 0}], png)
    pdfs.check(sheet.content)


def _answer(said: dict[str, object], content: bytes = b"") -> bytes:
    return json.dumps(said).encode() + b"\n" + content
