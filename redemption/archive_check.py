"""Whether the archive of a claim is still what was handed over (R6).

Needs nothing but Python 3.8 or newer, so that an auditor can take this one file along and read it:

    python3 archive_check.py ARCHIVE.zip [--digest SHA256]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import struct
import sys
import zlib
from dataclasses import dataclass, field
from typing import IO
from zipfile import BadZipFile, ZipFile, ZipInfo

MANIFEST = "manifest.json"
FORMAT = "voucher-claim-archive/1"
CHUNK = 64 * 1024
MAX_MANIFEST_BYTES = 64 * 1024 * 1024
# What zipfile and json raise for bytes that somebody has cut or bent.
UNREADABLE = (BadZipFile, OSError, EOFError, ValueError, RuntimeError, struct.error, zlib.error)

LOCAL_HEADER, CENTRAL_HEADER, END = 30, 46, 22
ZIP64_END, ZIP64_LOCATOR = 56, 20
HAS_DESCRIPTOR = 0x8


@dataclass
class Verdict:
    """What verification found; each list names paths in the archive."""

    archive_sha256: str = ""
    manifest_sha256: str = ""
    checked: int = 0
    changed: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    stray_bytes: int = 0
    fault: str = ""

    @property
    def is_sound(self) -> bool:
        """Whether the archive is exactly what its manifest says."""
        return not (self.fault or self.changed or self.missing or self.extra or self.stray_bytes)


def verify_archive(source: IO[bytes]) -> Verdict:
    """Compare an archive with its manifest: every changed, missing and extra file, or why it cannot be read.

    Bytes that belong to no file are counted in ``stray_bytes``: readers do not show them. Nothing is unpacked to disk, and
    no entry is read further than its size in the manifest.
    """
    verdict = Verdict(archive_sha256=sha256_of(source))
    try:
        with ZipFile(source) as archive:
            _verify(archive, verdict)
            verdict.stray_bytes = _stray_bytes(archive, source)
    except UNREADABLE as error:
        verdict.fault = f"不是完整的 ZIP 档案：{error}"
    return verdict


def _verify(archive: ZipFile, verdict: Verdict) -> None:
    infos: dict[str, ZipInfo] = {}
    for info in archive.infolist():
        if info.filename in infos:
            # Two entries of one name: readers differ on which they show.
            verdict.extra.append(info.filename)
        infos.setdefault(info.filename, info)
    manifest = infos.pop(MANIFEST, None)
    if manifest is None:
        verdict.fault = f"档案中没有清单 {MANIFEST}。"
        return
    expected = _read_manifest(archive, manifest, verdict)
    if expected is None:
        return
    for path, (sha256, size) in expected.items():
        found = infos.pop(path, None)
        if found is None:
            verdict.missing.append(path)
        elif _digest(archive, found, size) == sha256:
            verdict.checked += 1
        else:
            verdict.changed.append(path)
    verdict.extra.extend(infos)


def _read_manifest(
    archive: ZipFile, info: ZipInfo, verdict: Verdict
) -> dict[str, tuple[str, int]] | None:
    """{path: (SHA-256, size)}; None, with the fault in the verdict, when it cannot be understood."""
    try:
        with archive.open(info) as entry:
            content = entry.read(MAX_MANIFEST_BYTES)
        verdict.manifest_sha256 = hashlib.sha256(content).hexdigest()
        manifest = json.loads(content)
        if manifest["format"] != FORMAT:
            verdict.fault = f"清单格式不是 {FORMAT}。"
            return None
        expected = {
            str(file["path"]): (str(file["sha256"]), int(file["size"]))
            for file in manifest["files"]
        }
        if len(expected) != len(manifest["files"]):
            raise ValueError("a path twice")
        return expected
    except (KeyError, TypeError, *UNREADABLE) as error:
        verdict.fault = f"清单 {MANIFEST} 无法读取：{error}"
        return None


def _digest(archive: ZipFile, info: ZipInfo, size: int) -> str:
    """The SHA-256 of an entry of exactly ``size`` bytes, hex; "" for any other, or one that cannot be read."""
    digest, left = hashlib.sha256(), size
    try:
        with archive.open(info) as entry:
            while chunk := entry.read(min(CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    return ""
                digest.update(chunk)
    except UNREADABLE:
        return ""
    return digest.hexdigest() if left == 0 else ""


def sha256_of(source: IO[bytes]) -> str:
    """Of the whole file, from its beginning."""
    digest = hashlib.sha256()
    source.seek(0)
    for chunk in iter(lambda: source.read(CHUNK), b""):
        digest.update(chunk)
    source.seek(0)
    return digest.hexdigest()


def _stray_bytes(archive: ZipFile, source: IO[bytes]) -> int:
    """How many bytes of the file are neither an entry nor the directory: before, between and after them, and comments."""
    infos = sorted(archive.infolist(), key=lambda info: info.header_offset)
    used = 0
    for info in infos:
        source.seek(info.header_offset)
        name, extra = struct.unpack("<26x2H", source.read(LOCAL_HEADER))
        used += LOCAL_HEADER + name + extra + info.compress_size
        if info.flag_bits & HAS_DESCRIPTOR:
            used += 16
    source.seek(archive.start_dir)
    for _ in infos:
        name, extra, comment = struct.unpack("<28x3H12x", source.read(CENTRAL_HEADER))
        used += CENTRAL_HEADER + name + extra
        source.seek(name + extra + comment, 1)
    if source.read(4) == b"PK\x06\x06":
        used += ZIP64_END + ZIP64_LOCATOR
    return source.seek(0, 2) - used - END


def lines_of(verdict: Verdict) -> list[str]:
    """What was found, in words."""
    lines = [
        f"{label}：{name}"
        for label, names in (
            ("被改动", verdict.changed),
            ("缺失", verdict.missing),
            ("多出", verdict.extra),
        )
        for name in names
    ]
    if verdict.stray_bytes:
        lines.append(f"不属于任何文件的字节：{abs(verdict.stray_bytes)} 个")
    if verdict.archive_sha256:
        lines.append(f"档案摘要（SHA-256）：{verdict.archive_sha256}")
    if verdict.manifest_sha256:
        lines.append(f"清单摘要（SHA-256）：{verdict.manifest_sha256}")
    return lines


def conclusion(verdict: Verdict, digest: str = "") -> str:
    """Why the archive is not what was handed over, "" when it is; ``digest``: one of the two noted at the hand-over."""
    wanted = digest.strip().lower()
    if wanted and wanted not in {verdict.archive_sha256, verdict.manifest_sha256}:
        return "摘要与移交时登记的不一致，档案已被改动。"
    if verdict.fault:
        return verdict.fault
    return "" if verdict.is_sound else "档案与清单不一致。"


def main() -> int:
    """The command line; exit code 1 when anything is not as it was."""
    parser = argparse.ArgumentParser(description="核对兑现档案：逐个文件比对 SHA-256。")
    parser.add_argument("file", help="档案文件（ZIP）")
    parser.add_argument("--digest", default="", help="移交时登记的档案摘要或清单摘要（SHA-256）")
    arguments = parser.parse_args()
    try:
        with open(arguments.file, "rb") as source:
            verdict = verify_archive(source)
    except OSError as error:
        print(f"无法打开文件 {arguments.file}：{error.strerror}", file=sys.stderr)
        return 1
    print(*lines_of(verdict), sep="\n")
    wrong = conclusion(verdict, arguments.digest)
    print(wrong or f"档案完整，共 {verdict.checked} 个文件，与清单一致。")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
