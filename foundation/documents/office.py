"""Office files as attachments of notices: looked into without opening what is in them (N1, F4).

Only the newer formats, which are ZIP files whose parts have names: a macro, an embedded file or a password is seen in the
directory. The older ones hide macros where nobody but their program finds them, and are refused.
"""

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import PurePosixPath
from zipfile import BadZipFile, ZipFile

from django.core.files.uploadedfile import UploadedFile

from foundation.documents.checks import MAX_BYTES, CheckedFile, Material, StagedChoice
from foundation.documents.errors import UnableToKeepFile
from foundation.documents.models import OfficeType
from foundation.documents.operations import clean_name, look_into
from foundation.documents.scanning import require_clean

EXTENSIONS = {".docx": OfficeType.DOCX, ".xlsx": OfficeType.XLSX, ".pptx": OfficeType.PPTX}
# The part that makes a file what its extension says.
MAIN_PARTS = {
    OfficeType.DOCX: "word/document.xml",
    OfficeType.XLSX: "xl/workbook.xml",
    OfficeType.PPTX: "ppt/presentation.xml",
}
OLDER = {".doc", ".xls", ".ppt", ".wps", ".et", ".dps", ".docm", ".xlsm", ".pptm"}
CONTENT_TYPES = "[Content_Types].xml"
PARTS_MAX = 5_000
UNPACKED_MAX = 200 * 1024 * 1024
TYPES_MAX = 1024 * 1024
_ENCRYPTED = 0x1


def look_into_attachment(file: Material) -> CheckedFile | StagedChoice:
    """A scan as ``look_into`` checks it, or an Office file without active content; raises UnableToKeepFile."""
    if not isinstance(file, UploadedFile):
        return look_into(file)
    name = clean_name(file.name or "")
    extension = PurePosixPath(name.lower()).suffix
    if extension in OLDER:
        raise UnableToKeepFile(
            "旧版或含宏的办公文件不能接收，请另存为 .docx、.xlsx、.pptx 或 PDF 后重新上传。"
        )
    if extension not in EXTENSIONS:
        return look_into(file)
    content = file.read(MAX_BYTES + 1)
    if not content:
        raise UnableToKeepFile("文件是空的，请重新选择文件。")
    if len(content) > MAX_BYTES:
        raise UnableToKeepFile("文件超过 5 MB，请压缩后重新上传。")
    require_clean(content)
    _require_plain(content, EXTENSIONS[extension])
    return CheckedFile(
        name=name, content=content, media_type=EXTENSIONS[extension], warnings=(), thumbnail=b""
    )


def _require_plain(content: bytes, kind: OfficeType) -> None:
    try:
        with ZipFile(BytesIO(content)) as parts:
            infos = parts.infolist()
            names = {info.filename for info in infos}
            if MAIN_PARTS[kind] not in names or CONTENT_TYPES not in names:
                raise UnableToKeepFile(
                    f"文件内容不是 {kind.label} 文件或设置了密码，请用办公软件打开后另存再上传。"
                )
            if len(infos) > PARTS_MAX or sum(info.file_size for info in infos) > UNPACKED_MAX:
                raise UnableToKeepFile("文件过于复杂，无法检查，请另存为 PDF 后重新上传。")
            if any(info.flag_bits & _ENCRYPTED for info in infos):
                raise UnableToKeepFile("文件设置了密码，请取消密码后重新上传。")
            with parts.open(CONTENT_TYPES) as part:
                types = part.read(TYPES_MAX + 1)
    except (BadZipFile, OSError, EOFError, RuntimeError, ValueError, zlib.error) as error:
        raise UnableToKeepFile("文件无法读取，可能已损坏，请重新保存后上传。") from error
    lowered = {name.lower() for name in names}
    if (
        len(types) > TYPES_MAX
        or b"macroEnabled" in types
        or any("vbaproject" in name or "/activex/" in name for name in lowered)
    ):
        raise UnableToKeepFile("文件含有宏或控件，不能接收，请另存为不含宏的文件或 PDF。")
    if any("/embeddings/" in name for name in lowered):
        raise UnableToKeepFile("文件内嵌了其他文件，不能接收，请删去内嵌的文件或另存为 PDF。")
