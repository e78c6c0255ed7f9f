"""The real services a measurement runs on, each of its own and gone with it: PostgreSQL, Redis, the web server.

PostgreSQL writes as carefully as in production: fsync, synchronous commit and full page writes are on.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from script.with_postgres import (
    copied,
    create_database,
    die_with_parent,
    packaged_programs,
)

HOST = "127.0.0.1"
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 60
LOG_LINES = 30
DEBIAN = Path("/usr/lib/postgresql")
IN_MEMORY = {"tmpfs", "ramfs"}

POSTGRES_OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "shared_buffers": "1GB",
    # A measurement of minutes must not stand in for the checkpoints of a day.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
}


@dataclass
class Stand:
    """What the services are reached by, and what must be said about them beside every figure."""

    environment: dict[str, str]
    says: list[str] = field(default_factory=list)
    servers: dict[str, int] = field(default_factory=dict)

    def cpu_seconds(self) -> dict[str, float]:
        """What each service has used of the processors so far; 0 where the machine does not tell it."""
        return {name: _cpu_seconds(pid) for name, pid in self.servers.items()}


@contextmanager
def stand() -> Iterator[Stand]:
    """PostgreSQL and Redis, and the environment of production settings that point at them."""
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="portal-bench-", dir="/tmp"))  # nosec B108 # a new folder of its own, mkdtemp
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)
        made = Stand(environment={})
        url = stack.enter_context(_postgres(folder / "postgres", made))
        address = stack.enter_context(redis(folder, made))
        made.environment = production_environment(folder, url, address)
        yield made


def free_port() -> int:
    """A port of this machine that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def portal(services: Stand, *, workers: int, threads: int) -> Iterator[int]:
    """The portal under granian as in production; yields its port. Ends with what it logged last, if anything."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST]
    command += ["--port", str(port), "--workers", str(workers), "--blocking-threads", str(threads)]
    # 5,000 arrive in one moment: the line before the door is as long as that.
    command += ["--backlog", "8192", "--log-level", "warning", "bench.wsgi:application"]
    with tempfile.TemporaryFile() as log:
        server = start(command, env={**os.environ, **services.environment}, stdout=log, stderr=log)
        services.servers["web"] = server.pid
        try:
            wait_for(port, server)
            yield port
        finally:
            _stop(server, signal.SIGTERM)
            log.seek(0)
            lines = log.read().decode(errors="replace").splitlines()
            if lines:
                print(
                    f"The web server logged {len(lines)} lines, at last:",
                    *lines[-LOG_LINES:],
                    sep="\n",
                )


def production_environment(folder: Path, url: str, address: str) -> dict[str, str]:
    """Production settings; without Redis those of development, which are the nearest that start."""
    settings = {
        "DJANGO_SETTINGS_MODULE": "bench.settings",
        "PORTAL_ENV": "production" if address else "development",
        "DEBUG": "0",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FIELD_KEYS": urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "LOOKUP_KEY": secrets.token_urlsafe(48),
        "SEAL_KEYS": secrets.token_urlsafe(48),
        "SEAL_WITNESS": str(folder / "seals.log"),
        "ALLOWED_HOSTS": HOST,
        "PORTAL_URL": f"https://{HOST}",
        "TRUSTED_PROXIES": HOST,
        "DATABASE_URL": url,
        "REDIS_URL": address,
        "STATIC_ROOT": str(folder / "static"),
        "FILE_ROOT": str(folder / "files"),
        "METRICS_FOLDER": str(folder / "metrics"),
        "LOG_LEVEL": "ERROR",
    }
    # Nothing that the caller's environment points to is touched.
    return {**settings, "EMAIL_URL": "", "S3_BUCKET": ""}


@contextmanager
def _postgres(folder: Path, made: Stand) -> Iterator[str]:
    folder.mkdir()
    programs = postgres_programs()
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
        if not str(programs).startswith("/usr/"):
            programs = copied(programs, folder / "programs")
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    data, log = folder / "data", folder / "log"
    initdb: list[Any] = [
        programs / "bin/initdb",
        f"--pgdata={data}",
        "--username=postgres",
        "--auth=trust",
    ]
    initdb += ["--encoding=UTF8", "--locale=C"]
    with log.open("wb") as lines:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": lines, "stderr": lines}
        ran = subprocess.run(initdb, cwd=folder, env=environment, **streams, **owner)
        if ran.returncode:
            raise SystemExit(f"initdb failed:\n{log.read_text()}")
        settings = [f"--{name}={value}" for name, value in POSTGRES_OPTIONS.items()]
        command = [programs / "bin/postgres", "-D", data, "-k", folder, *settings]
        server = start(command, cwd=folder, env=environment, **streams, **owner)
    made.servers["database"] = server.pid
    try:
        create_database(server, folder, log)
        made.says.append(_about_postgres(folder))
        yield f"postgres://postgres@/portal?host={folder}"
    finally:
        _stop(server, signal.SIGINT)


def postgres_programs() -> Path:
    """The folder above bin/postgres: on the PATH, Debian's, or out of the package for tests."""
    found = shutil.which("postgres")
    if found and (Path(found).resolve().parent / "initdb").exists():
        return Path(found).resolve().parent.parent
    debian = [path for path in DEBIAN.glob("*/bin/postgres") if path.parts[-3].isdigit()]
    if debian:
        return max(debian, key=lambda path: int(path.parts[-3])).parent.parent
    return packaged_programs()


def _about_postgres(folder: Path) -> str:
    """Version and, read back from the server, how carefully it writes; whether the disk is one at all."""
    import psycopg2

    connection = psycopg2.connect(dbname="portal", user="postgres", host=str(folder))
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), "
            "current_setting('synchronous_commit'), current_setting('full_page_writes')"
        )
        version, fsync, commit, pages = cursor.fetchone()
    connection.close()
    where = " DATA IN MEMORY: fsync costs nothing here." if _filesystem(folder) in IN_MEMORY else ""
    return (
        f"PostgreSQL {version.split()[0]}, fsync {fsync}, synchronous_commit {commit}, "
        f"full_page_writes {pages}.{where}"
    )


def _filesystem(folder: Path) -> str:
    """The kind of file system ``folder`` lies on, where the machine tells it."""
    mounts = Path("/proc/self/mounts")
    if not mounts.exists():
        return ""
    lines = [line.split() for line in mounts.read_text().splitlines()]
    above = [line for line in lines if folder.is_relative_to(line[1])]
    return max(above, key=lambda line: len(line[1]))[2] if above else ""


@contextmanager
def redis(folder: Path, made: Stand) -> Iterator[str]:
    program = shutil.which("redis-server")
    if program is None:
        made.says.append("No redis-server here: sessions in the database, as without Redis.")
        yield ""
        return
    port = free_port()
    command = [program, "--port", str(port), "--bind", HOST, "--dir", str(folder), "--save", ""]
    silent: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    server = start(command, **silent)
    made.servers["redis"] = server.pid
    try:
        wait_for(port, server)
        made.says.append("Sessions in Redis.")
        yield f"redis://{HOST}:{port}/0"
    finally:
        _stop(server, signal.SIGTERM)


def start(command: list[Any], **options: Any) -> subprocess.Popen[bytes]:
    """Start a process in a group of its own that ends with this one."""
    return subprocess.Popen(command, start_new_session=True, preexec_fn=die_with_parent, **options)


def wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
            return
        except OSError:
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(
                    f"Nothing listens on port {port}: a service did not start."
                ) from None
            time.sleep(0.1)


def _cpu_seconds(server: int) -> float:
    """User and system time of a server and its children, the ended ones included."""
    ticks = 0
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = entry.read_text()
        except OSError:
            continue
        # Behind the name, which may hold blanks: state, parent, … user, system, and those of ended children.
        fields = text[text.rindex(")") + 2 :].split()
        if server in (int(entry.parent.name), int(fields[1])):
            ticks += sum(map(int, fields[11:13]))
        if server == int(entry.parent.name):
            ticks += sum(map(int, fields[13:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def _stop(server: subprocess.Popen[bytes], how: signal.Signals) -> None:
    server.send_signal(how)
    try:
        server.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
