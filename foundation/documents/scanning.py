"""The virus scanner, when one is set (F4): clamd's INSTREAM over TCP or a Unix socket.

No answer is no pass: whatever goes wrong on the way to the scanner refuses the file.
"""

from __future__ import annotations

import logging
import socket
import struct
from urllib.parse import urlsplit

from django.conf import settings

from foundation.documents.errors import UnableToScan

log = logging.getLogger(__name__)

CHUNK_BYTES = 65536
ANSWER_BYTES_MAX = 4096
SECONDS = 20


def require_clean(content: bytes) -> None:
    """Nothing when no scanner is set (``settings.CLAMD_URL``) or it finds nothing; raises UnableToScan otherwise."""
    if not settings.CLAMD_URL:
        return
    try:
        answer = _answer(content)
    except (OSError, ValueError) as error:
        log.error("clamd did not answer: %s", error)
        answer = ""
    if answer == "stream: OK":
        return
    if answer.endswith(" FOUND"):
        log.warning("clamd: %s", answer)
        raise UnableToScan("文件被病毒扫描程序拦截，不能接收。请查杀病毒后重新扫描上传。")
    if answer:
        log.error("clamd answered %r", answer)
    raise UnableToScan("病毒扫描暂时不可用，文件没有保存，请稍后重新上传。")


def _answer(content: bytes) -> str:
    with _connected() as link:
        link.sendall(b"zINSTREAM\0")
        for place in range(0, len(content), CHUNK_BYTES):
            chunk = content[place : place + CHUNK_BYTES]
            link.sendall(struct.pack("!L", len(chunk)) + chunk)
        link.sendall(struct.pack("!L", 0))
        answer = b""
        while not answer.endswith(b"\0") and len(answer) < ANSWER_BYTES_MAX:
            more = link.recv(ANSWER_BYTES_MAX)
            if not more:
                break
            answer += more
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")


def _connected() -> socket.socket:
    address = urlsplit(settings.CLAMD_URL)
    if address.scheme == "tcp":
        return socket.create_connection((address.hostname, address.port), SECONDS)
    link = socket.socket(socket.AF_UNIX)
    try:
        link.settimeout(SECONDS)
        link.connect(address.path)
    except OSError:
        link.close()
        raise
    return link
