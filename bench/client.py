"""A small HTTP/1.1 client that keeps many connections busy: raw sockets, one request at a time on each.

It shares the machine with what it measures, so it does as little as it can: requests are made beforehand, answers are
read only as far as their status, length and place to go to.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from bench.services import HOST

CONNECT_SECONDS_MAX = 60


@dataclass(frozen=True)
class Login:
    """A prepared login: the account, its enterprise, and the cookies a browser would hold."""

    account: int
    enterprise: int
    session: str
    csrf: str


@dataclass(slots=True)
class Exchange:
    """One request and its answer; moments in seconds of the monotonic clock. Status 0: no answer."""

    sent: float = 0.0
    answered: float = 0.0
    status: int = 0
    location: str = ""
    body: bytes = b""

    @property
    def seconds(self) -> float:
        """How long the answer took."""
        return self.answered - self.sent


def _cookies(login: Login) -> str:
    """Under the names of development and of production: each takes its own."""
    return "; ".join(
        f"{prefix}{name}={value}"
        for prefix in ("", "__Host-")
        for name, value in (("session", login.session), ("csrf", login.csrf))
    )


def form_post(path: str, login: Login, fields: dict[str, str]) -> bytes:
    """A form as a browser behind the TLS proxy would send it."""
    body = urlencode({"csrfmiddlewaretoken": login.csrf, **fields})
    return (
        f"POST {path} HTTP/1.1\r\n"
        f"Host: {HOST}\r\n"
        "X-Forwarded-Proto: https\r\n"
        "X-Forwarded-For: 127.0.0.1\r\n"
        f"Origin: https://{HOST}\r\n"
        f"Referer: https://{HOST}{path}\r\n"
        "User-Agent: Mozilla/5.0 (X11; Linux x86_64) portal-bench\r\n"
        "Accept: text/html,application/xhtml+xml\r\n"
        "Accept-Language: zh-CN,zh;q=0.9\r\n"
        f"Cookie: {_cookies(login)}\r\n"
        "Content-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n"
        f"\r\n{body}"
    ).encode()


class _Connection(asyncio.Protocol):
    """Takes the next request from the common list until it is empty."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.transport: asyncio.Transport | None = None
        self.received = bytearray()
        self.head_end = 0
        self.total = 0
        self.current: Exchange | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def send_next(self) -> None:
        taken = self.run.take()
        if taken is None:
            self.current = None
            self.run.connection_done()
            return
        request, self.current = taken
        self.received.clear()
        self.head_end = 0
        self.current.sent = time.monotonic()
        assert self.transport is not None
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received += data
        if self.current is None:
            return
        if not self.head_end:
            end = self.received.find(b"\r\n\r\n")
            if end < 0:
                return
            self._read_head(end)
        if len(self.received) >= self.total:
            self.current.answered = time.monotonic()
            if self.current.status != 302:
                self.current.body = bytes(self.received[self.head_end :])
            self.send_next()

    def _read_head(self, end: int) -> None:
        assert self.current is not None
        head = bytes(self.received[:end])
        self.head_end = end + 4
        self.current.status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            match name.lower():
                case b"content-length":
                    length = int(value)
                case b"location":
                    self.current.location = value.strip().decode()
        self.total = self.head_end + length

    def connection_lost(self, error: Exception | None) -> None:
        if self.current is not None:
            self.current.answered = time.monotonic()
            self.current.status = 0
            self.current = None
            self.run.connection_done()


class _Run:
    """The common list of requests, and what came of each."""

    def __init__(self, requests: Sequence[bytes], connections: int) -> None:
        self.requests = requests
        self.exchanges = [Exchange() for _ in requests]
        self.next = 0
        self.open = connections
        self.over = asyncio.Event()

    def take(self) -> tuple[bytes, Exchange] | None:
        index = self.next
        if index >= len(self.requests):
            return None
        self.next += 1
        return self.requests[index], self.exchanges[index]

    def connection_done(self) -> None:
        self.open -= 1
        if self.open == 0:
            self.over.set()


async def _fire(
    port: int, requests: Sequence[bytes], connections: int, seconds_max: float
) -> list[Exchange]:
    run = _Run(requests, connections)
    loop = asyncio.get_running_loop()
    protocols: list[_Connection] = []
    async with asyncio.timeout(CONNECT_SECONDS_MAX):
        for _ in range(connections):
            _transport, protocol = await loop.create_connection(
                lambda: _Connection(run), HOST, port
            )
            protocols.append(protocol)
    for protocol in protocols:
        protocol.send_next()
    try:
        async with asyncio.timeout(seconds_max):
            await run.over.wait()
    except TimeoutError:
        pass  # What has no answer by now counts as an error.
    finally:
        for protocol in protocols:
            if protocol.transport is not None:
                protocol.transport.abort()
    return run.exchanges


def fire(
    port: int, requests: Sequence[bytes], *, connections: int, seconds_max: float = 120
) -> list[Exchange]:
    """Send every request once over ``connections`` connections, all opened first; at most ``seconds_max``."""
    return asyncio.run(_fire(port, requests, connections, seconds_max))
