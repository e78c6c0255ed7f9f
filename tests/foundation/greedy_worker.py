"""A worker that takes more than it may, for the tests of foundation.bounded."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time

remembered: list[str] = []


def main(arguments: list[str], content: bytes) -> tuple[int, bytes]:
    match arguments:
        case ["echo", code]:
            return int(code), content
        case ["memory"]:
            return 0, b"x" * len(bytearray(1024 * 1024 * 1024))
        case ["cpu"]:
            while True:
                pass
        case ["sleep"]:
            # Even one that will not hear its alarm.
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            time.sleep(3600)
        case ["output"]:
            return 0, b"x" * (2 * 1024 * 1024)
        case ["fork"]:
            # A superuser is not counted; then it is the crash that ends it.
            if os.fork() == 0 or os.geteuid() == 0:
                os.kill(os.getpid(), signal.SIGKILL)
        case ["crash"]:
            ctypes.string_at(0)
        case ["raise"]:
            raise ValueError("a broken file")
        case ["exit"]:
            sys.exit(0)
        case ["look"]:
            return 0, repr((dict(os.environ), sorted(sys.modules))).encode()
        case ["remember"]:
            remembered.append("first" if not remembered else "again")
            return 0, remembered[-1].encode()
    return 0, b""
