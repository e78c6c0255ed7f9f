"""Work on bytes from strangers, in a process of its own with limits on memory, time and output (F4).

``run`` hands bytes to a worker module and takes bytes back. A worker is forked, for each piece of work, from a parent
that has imported the module already and seen no work of anyone, so that it starts in milliseconds and no work sees
traces of another. It has no environment (so no keys), and whatever goes beyond the limits ends it, never the caller.

A worker module imports nothing of the portal but its own neighbours, and defines ``main(arguments, content) ->
(exit code, bytes)``; ``warm_up()``, where it has one, is called once in the parent. This file is also the program of the
parent: ``python -I bounded.py MODULE FD``.
"""

from __future__ import annotations

import json
import os
import resource
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

MIB = 1024 * 1024
# Fewer than a web process has threads (docs/operations.md): pages go on while files are looked into.
AT_ONCE = 1
WAIT_SECONDS = 5
# The worker's own alarm goes off first; only what escapes it costs the parent its life.
GRACE_SECONDS = 3
ARGUMENTS_BYTES_MAX = 4096
FILES_MAX = 64


@dataclass(frozen=True)
class Limits:
    """What one piece of work may use: address space, CPU time, time by the clock, and bytes given back."""

    memory_bytes: int
    cpu_seconds: int
    seconds: int
    output_bytes: int


class WorkerDied(Exception):
    """The worker went beyond a limit or crashed."""


class TooBusy(Exception):
    """As much such work as this process allows itself is under way already."""


_slots = threading.BoundedSemaphore(AT_ONCE)
_lock = threading.Lock()
_parents: dict[str, _Parent] = {}


def run(module: str, arguments: Sequence[str], content: bytes, limits: Limits) -> tuple[int, bytes]:
    """``main(arguments, content)`` of ``module`` in a bounded process: its exit code and bytes.

    Raises WorkerDied, and TooBusy when no slot is free within seconds.
    """
    with result_file(module, arguments, content, limits) as (code, taken):
        return code, taken.read(limits.output_bytes)


@contextmanager
def result_file(
    module: str, arguments: Sequence[str], content: bytes, limits: Limits
) -> Iterator[tuple[int, IO[bytes]]]:
    """As ``run``, the bytes as an open file: for results that are read piece by piece."""
    with tempfile.TemporaryFile() as taken:
        with slot(), tempfile.TemporaryFile() as given:
            given.write(content)
            given.seek(0)
            code = _work(module, arguments, given.fileno(), taken.fileno(), limits)
        # The worker wrote through the same open file.
        taken.seek(0)
        yield code, taken


@contextmanager
def slot() -> Iterator[None]:
    """The right of this process to one piece of slow work; raises TooBusy when none is free within seconds."""
    if not _slots.acquire(timeout=WAIT_SECONDS):
        raise TooBusy
    try:
        yield
    finally:
        _slots.release()


def _work(module: str, arguments: Sequence[str], given: int, taken: int, limits: Limits) -> int:
    order = json.dumps([list(arguments), vars(limits)]).encode()
    assert len(order) <= ARGUMENTS_BYTES_MAX, "arguments are few; content goes by the file"
    read_end, write_end = os.pipe()
    try:
        try:
            parent = _parent_of(module)
            try:
                parent.send(order, [given, taken, write_end])
            except OSError:
                # It was killed since the last piece of work, by hand or for want of memory.
                parent = _parent_of(module, instead_of=parent)
                parent.send(order, [given, taken, write_end])
        finally:
            os.close(write_end)
        # One byte is the exit code; the end without one is a death.
        ready, _, _ = select.select([read_end], [], [], limits.seconds + GRACE_SECONDS)
        if not ready:
            parent.end()
            raise WorkerDied("time is up")
        said = os.read(read_end, 1)
        if not said:
            raise WorkerDied("beyond a limit, or crashed")
        return said[0]
    finally:
        os.close(read_end)


class _Parent:
    """The process that has imported one worker module and forks a child for each piece of work."""

    def __init__(self, module: str) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.owner = os.getpid()
        self.socket = ours
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-I", "-B", str(Path(__file__)), module, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env={},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def send(self, order: bytes, files: list[int]) -> None:
        socket.send_fds(self.socket, [order], files)

    def end(self) -> None:
        """Kill it with every child it has; pieces of work going on there end with WorkerDied."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.socket.close()


def _parent_of(module: str, *, instead_of: _Parent | None = None) -> _Parent:
    """The running parent, started when this process has none (a process that was forked has none of its own)."""
    with _lock:
        parent = _parents.get(module)
        if (
            parent is None
            or parent is instead_of
            or parent.owner != os.getpid()
            or parent.process.poll() is not None
        ):
            parent = _parents[module] = _Parent(module)
        return parent


# From here on: the program of the parent and of its children.


def _serve(module: str, channel: socket.socket) -> None:
    """Fork a child for each order that comes, until the portal's process closes its end."""
    import importlib

    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    worker = importlib.import_module(module)
    if hasattr(worker, "warm_up"):
        worker.warm_up()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    while True:
        order, files, _, _ = socket.recv_fds(channel, ARGUMENTS_BYTES_MAX, 3)
        if not order:
            return
        if os.fork() == 0:
            channel.close()
            _do(worker.main, order, *files)
        for file in files:
            os.close(file)


def _do(main, order: bytes, given: int, taken: int, status: int) -> None:  # type: ignore[no-untyped-def]
    """One piece of work under its limits; never returns."""
    try:
        arguments, limits = json.loads(order)
        for kind, most in (
            (resource.RLIMIT_AS, limits["memory_bytes"]),
            (resource.RLIMIT_CPU, limits["cpu_seconds"]),
            (resource.RLIMIT_FSIZE, limits["output_bytes"]),
            (resource.RLIMIT_NOFILE, FILES_MAX),
            (resource.RLIMIT_NPROC, 0),
            (resource.RLIMIT_CORE, 0),
        ):
            resource.setrlimit(kind, (most, most))
        signal.alarm(limits["seconds"])
        with open(given, "rb") as source:
            code, result = main(arguments, source.read())
        with open(taken, "wb") as sink:
            sink.write(result)
        os.write(status, bytes([code]))
    finally:
        os._exit(0)


if __name__ == "__main__":
    _serve(sys.argv[1], socket.socket(fileno=int(sys.argv[2])))
