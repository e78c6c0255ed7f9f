"""What a file is, judged by its content (F1). The full checks of section 10 build on this."""

from __future__ import annotations

from pathlib import PurePosixPath

from foundation.documents.models import MediaType
from foundation.errors import Refusal

MAX_BYTES = 5 * 1024 * 1024
EXTENSIONS = {
    MediaType.PDF: {".pdf"},
    MediaType.JPEG: {".jpg", ".jpeg"},
    MediaType.PNG: {".png"},
}


class UnableToKeepFile(Refusal):
    """An uploaded file that is not accepted (F1)."""

    rule = "F1"


def sniff(content: bytes) -> MediaType | None:
    """The media type the first and last bytes speak of, None for anything that is not accepted or is truncated."""
    tail = content[-2048:].rstrip(b"\0\r\n\t ")
    if content.startswith(b"%PDF-") and b"%%EOF" in tail:
        return MediaType.PDF
    if content.startswith(b"\xff\xd8\xff") and tail.endswith(b"\xff\xd9"):
        return MediaType.JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n") and b"IEND" in tail[-12:]:
        return MediaType.PNG
    return None


def check_file(name: str, content: bytes) -> MediaType:
    """The media type of an acceptable file; raises UnableToKeepFile with the reason for any other."""
    if not content:
        raise UnableToKeepFile("文件是空的，请重新选择文件。")
    if len(content) > MAX_BYTES:
        raise UnableToKeepFile("文件超过 5 MB，请压缩后重新上传（每种材料一个文件，不超过 5 MB）。")
    media_type = sniff(content)
    if media_type is None:
        raise UnableToKeepFile("文件不是完整的 PDF、JPG 或 PNG，请检查文件能否正常打开后重新上传。")
    if PurePosixPath(name.lower()).suffix not in EXTENSIONS[media_type]:
        raise UnableToKeepFile(
            f"文件扩展名与内容不符：内容是 {media_type.label}，请改正扩展名后重新上传。"
        )
    return media_type
