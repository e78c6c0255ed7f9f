"""What is accepted as material, and what is told about it (F1–F4).

The cheap questions are asked here; whatever needs a file to be opened is done by ``worker`` in a bounded process.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from django.core.files.uploadedfile import UploadedFile

from foundation import bounded
from foundation.documents.errors import UnableToKeepFile
from foundation.documents.models import MediaType, OfficeType
from foundation.documents.scanning import require_clean

MAX_BYTES = 5 * 1024 * 1024
# Pictures that are merged are made smaller on the way, so each of them, and all together, may be larger.
MERGED_MAX = 20
PICTURE_MAX_BYTES = 15 * 1024 * 1024
PICTURES_MAX_BYTES = 36 * 1024 * 1024
EXTENSIONS = {
    MediaType.PDF: {".pdf"},
    MediaType.JPEG: {".jpg", ".jpeg"},
    MediaType.PNG: {".png"},
}
STARTS = {
    b"%PDF-": MediaType.PDF,
    b"\xff\xd8\xff": MediaType.JPEG,
    b"\x89PNG\r\n\x1a\n": MediaType.PNG,
}
WORKER = "foundation.documents.worker"
# 50 megapixels need 200 MB decoded and again 200 MB turned; a progressive JPEG as much while it is read.
CHECKING = bounded.Limits(
    memory_bytes=1024 * bounded.MIB, cpu_seconds=15, seconds=25, output_bytes=8 * bounded.MIB
)
MERGING = bounded.Limits(
    memory_bytes=1024 * bounded.MIB, cpu_seconds=45, seconds=50, output_bytes=8 * bounded.MIB
)

_RESCAN = "请重新扫描，或打印成 PDF 后重新上传。"
REASONS = {
    "truncated": "文件不完整，可能没有传完或已损坏，请检查文件能否正常打开后重新上传。",
    "damaged": f"文件无法读取，可能已损坏。{_RESCAN}",
    "costly": f"文件过于复杂，无法检查。{_RESCAN}",
    "password": "文件设置了打开密码，请取消密码后重新上传（仅限制打印、编辑的可以上传）。",
    "active": f"PDF 含有脚本、自动动作、动态表单或多媒体，不能接收。{_RESCAN}",
    "embedded": f"PDF 内嵌了其他文件，不能接收。{_RESCAN}",
    "no_pages": "PDF 没有页面，请重新扫描后上传。",
    "pixels": "图片超过 5000 万像素，请降低分辨率（A4 纸 300 dpi 即可）后重新上传。",
    "large": "图片转正后超过 5 MB，请压缩后重新上传。",
    "merged_large": "图片合并后超过 5 MB，缩小后将看不清。请减少页数，或分成几份材料上传。",
}


@dataclass(frozen=True)
class CheckedFile:
    """A file that passed: the bytes to keep, without metadata (F4), and what to tell about it (F3).

    Only ``check_file``, ``merge_files`` and ``office.look_into_attachment`` make one.
    """

    name: str
    content: bytes
    media_type: MediaType | OfficeType
    warnings: tuple[str, ...]
    thumbnail: bytes
    pages: int = 1


@dataclass(frozen=True)
class Picture:
    """One picture to merge: ``turn`` is 0, 90, 180 or 270 degrees, clockwise."""

    name: str
    content: bytes
    turn: int = 0


@dataclass(frozen=True)
class StagedChoice:
    """A file named by its number that the actor has uploaded before; whether that is so is seen when it is kept."""

    pk: int


# What a form or another caller hands in as a file.
Material = UploadedFile | CheckedFile | StagedChoice


def sniff(content: bytes) -> MediaType | None:
    """The media type the first bytes speak of, None for anything that is not accepted."""
    return next((kind for start, kind in STARTS.items() if content.startswith(start)), None)


def check_file(name: str, content: bytes) -> CheckedFile:
    """The file as it will be kept; raises UnableToKeepFile with the reason when it is not acceptable (F1, F4)."""
    media_type = _media_type(name, content)
    if len(content) > MAX_BYTES:
        raise UnableToKeepFile("文件超过 5 MB，请压缩后重新上传（每种材料一个文件，不超过 5 MB）。")
    if media_type == MediaType.PDF and b"%%EOF" not in content[-2048:]:
        raise UnableToKeepFile(REASONS["truncated"])
    require_clean(content)
    return _found(["check", media_type], content, CHECKING, name=name, media_type=media_type)


def merge_files(pictures: Sequence[Picture]) -> CheckedFile:
    """Several pictures as one PDF in the order given (F2); raises UnableToKeepFile as ``check_file`` does."""
    if len(pictures) > MERGED_MAX:
        raise UnableToKeepFile(f"一次最多合并 {MERGED_MAX} 张图片。", rule="F2")
    sheets = []
    for place, picture in enumerate(pictures, start=1):
        try:
            media_type = _media_type(picture.name, picture.content)
            if media_type == MediaType.PDF:
                raise UnableToKeepFile(
                    "只能把多张图片（JPG、PNG）合并成一个 PDF；已是 PDF 的，请先合并为一个文件再上传。",
                    rule="F2",
                )
            if len(picture.content) > PICTURE_MAX_BYTES:
                raise UnableToKeepFile("图片超过 15 MB，请压缩后重新上传。")
            require_clean(picture.content)
        except UnableToKeepFile as refusal:
            raise type(refusal)(
                f"第 {place} 个文件：{refusal.sentence}", rule=refusal.rule
            ) from None
        sheets.append({"size": len(picture.content), "turn": picture.turn})
    if sum(len(picture.content) for picture in pictures) > PICTURES_MAX_BYTES:
        raise UnableToKeepFile("所选图片合计超过 36 MB，请压缩或减少页数后重新上传。", rule="F2")
    name = f"{PurePosixPath(pictures[0].name).stem}.pdf"
    content = b"".join(picture.content for picture in pictures)
    asked = ["merge", json.dumps(sheets, separators=(",", ":"))]
    return _found(asked, content, MERGING, name=name, media_type=MediaType.PDF)


def thumbnail_of(media_type: str, content: bytes) -> bytes:
    """A small JPEG of a kept file's first page; raises UnableToKeepFile when it cannot be drawn."""
    return _ask(["thumbnail", media_type], content, CHECKING)[1]


def page_of(media_type: str, content: bytes, number: int) -> bytes:
    """A JPEG of one page of a kept file, to read; raises UnableToKeepFile when it cannot be drawn."""
    return _ask(["page", media_type, str(number)], content, CHECKING)[1]


def _media_type(name: str, content: bytes) -> MediaType:
    if not content:
        raise UnableToKeepFile("文件是空的，请重新选择文件。")
    media_type = sniff(content)
    if media_type is None:
        raise UnableToKeepFile(
            "文件不是完整的 PDF、JPG 或 PNG，请检查文件能否正常打开后重新上传；其他格式请先转换。"
        )
    if PurePosixPath(name.lower()).suffix not in EXTENSIONS[media_type]:
        raise UnableToKeepFile(
            f"文件扩展名与内容不符：内容是 {media_type.label}，请改正扩展名后重新上传。"
        )
    return media_type


def _found(
    asked: list[str],
    content: bytes,
    limits: bounded.Limits,
    *,
    name: str,
    media_type: MediaType,
) -> CheckedFile:
    said, kept = _ask(asked, content, limits)
    return CheckedFile(
        name=name,
        content=kept[: said["size"]],
        media_type=media_type,
        warnings=_warnings(said),
        thumbnail=kept[said["size"] :],
        pages=said["pages"],
    )


def _ask(asked: list[str], content: bytes, limits: bounded.Limits) -> tuple[dict[str, Any], bytes]:
    try:
        _, answer = bounded.run(WORKER, asked, content, limits)
    except bounded.WorkerDied:
        raise UnableToKeepFile(REASONS["costly"], rule="F4") from None
    except bounded.TooBusy:
        raise UnableToKeepFile("现在上传文件的人较多，请稍后重新上传。", rule="F4") from None
    line, _, kept = answer.partition(b"\n")
    said = json.loads(line)
    if "refused" in said:
        raise UnableToKeepFile(REASONS[said["refused"]])
    return said, kept


def _warnings(said: dict[str, Any]) -> tuple[str, ...]:
    """What the user and the reviewer are told; none of it blocks (F3)."""
    warnings = []
    one = said["pages"] == 1
    if said["grey"]:
        pages = "文件" if one else _pages(said["grey"], said["pages"])
        warnings.append(f"{pages}接近黑白，材料应为彩色扫描件或照片，请确认。")
    if said["coarse"]:
        pages = "文件" if one else _pages(said["coarse"], said["pages"])
        dpi = min(said["coarse"].values())
        warnings.append(f"{pages}清晰度偏低（约 {dpi} dpi），请确认文字和印章能看清。")
    return tuple(warnings)


def _pages(numbers: Sequence[Any], pages: int) -> str:
    return "各页都" if len(numbers) == pages else f"第 {'、'.join(map(str, numbers))} 页"
