"""The virus scanner: when it is on, nothing passes that it did not pass (F4). A small clamd answers here."""

from __future__ import annotations

import re
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.documents.checks import Picture, check_file, merge_files
from foundation.documents.errors import UnableToScan
from tests.foundation import files

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
SOUND = files.plain_pdf()
INFECTED = SOUND.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%" + EICAR + b"\n")

pytestmark = [pytest.mark.once, pytest.mark.rule("F4")]


class Clamd(socketserver.BaseRequestHandler):
    """INSTREAM as clamd speaks it: chunks with their length in front, an empty one at the end."""

    behaviour = "well"
    scanned: list[bytes] = []

    def handle(self) -> None:
        link = self.request.makefile("rb")
        assert link.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", link.read(4))[0]:
            content += link.read(length)
        self.scanned.append(content)
        match self.behaviour:
            case "well":
                found = b"Eicar-Test-Signature FOUND" if EICAR in content else b"OK"
                self.request.sendall(b"stream: " + found + b"\0")
            case "limit":
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
            case "half":
                self.request.sendall(b"stream: O")
            case "lie":
                self.request.sendall(b"stream: NOT OK\0")
            case "endless":
                with pytest.raises(OSError):
                    while True:
                        self.request.sendall(b"stream: OK and so on " * 100)


@pytest.fixture
def clamd(settings) -> Iterator[type[Clamd]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.CLAMD_URL = f"tcp://127.0.0.1:{server.server_address[1]}"
        Clamd.scanned, Clamd.behaviour = [], "well"
        yield Clamd
        server.shutdown()


def test_what_it_passes_is_in(clamd) -> None:
    content = files.scanned_pdf()
    check_file("a.pdf", content)
    assert clamd.scanned == [content]


def test_what_it_finds_is_out(clamd) -> None:
    with pytest.raises(UnableToScan, match="病毒"):
        check_file("a.pdf", INFECTED)


def test_without_a_scanner_set_the_test_virus_is_only_a_comment(settings) -> None:
    assert settings.CLAMD_URL == ""
    check_file("a.pdf", INFECTED)


def test_every_picture_is_scanned_as_it_came(clamd) -> None:
    photo = files.jpeg(comment=EICAR)
    with pytest.raises(UnableToScan, match="第 2 个文件：文件被病毒"):
        merge_files([Picture("a.jpg", files.jpeg()), Picture("b.jpg", photo)])


@pytest.mark.parametrize("behaviour", ["limit", "half", "lie", "silent", "endless"])
def test_anything_but_a_pass_is_a_refusal(clamd, behaviour: str) -> None:
    clamd.behaviour = behaviour
    with pytest.raises(UnableToScan, match="暂时不可用"):
        check_file("a.pdf", SOUND)


def test_nobody_listening_is_a_refusal(settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.CLAMD_URL = f"tcp://127.0.0.1:{free.getsockname()[1]}"
        with pytest.raises(UnableToScan, match="暂时不可用"):
            check_file("a.pdf", SOUND)


def test_one_that_takes_too_long_is_a_refusal(settings, monkeypatch) -> None:
    monkeypatch.setattr("foundation.documents.scanning.SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        settings.CLAMD_URL = f"tcp://127.0.0.1:{deaf.getsockname()[1]}"
        with pytest.raises(UnableToScan, match="暂时不可用"):
            check_file("a.pdf", SOUND)


def test_over_a_unix_socket(settings, tmp_path: Path) -> None:
    path = str(tmp_path / "clamd.ctl")
    settings.CLAMD_URL = f"unix://{path}"
    with pytest.raises(UnableToScan):
        check_file("a.pdf", SOUND)
    Clamd.scanned, Clamd.behaviour = [], "well"
    with socketserver.ThreadingUnixStreamServer(path, Clamd) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        check_file("a.pdf", SOUND)
        with pytest.raises(UnableToScan, match="病毒"):
            check_file("a.pdf", INFECTED)
        server.shutdown()


def test_the_sentence_tells_no_address(settings) -> None:
    settings.CLAMD_URL = "unix:///nowhere/clamd.ctl"
    with pytest.raises(UnableToScan) as refused:
        check_file("a.pdf", SOUND)
    assert not re.search(r"nowhere|clamd|unix", refused.value.sentence)
