"""The three that are killed: database, web server and worker, each started as in production."""

from __future__ import annotations

import http.client
import os
import pwd
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from bench.services import HOST, free_port, postgres_programs, start
from script.with_postgres import copied

READY_SECONDS_MAX = 90
# As careful as in production; small, because it is begun again a hundred times.
OPTIONS = {
    "listen_addresses": "",
    "max_connections": "60",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    # One call for the whole file system, where after a crash each file would be opened and flushed by itself.
    "recovery_init_sync_method": "syncfs",
}


class Service:
    """A process with its children, killed outright and begun again."""

    name = ""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.environment = {**os.environ, **environment}
        self.process: subprocess.Popen[bytes] | None = None
        self.log = (folder / f"{self.name}.log").open("ab")

    def command(self) -> list[Any]:
        """What is started."""
        raise NotImplementedError

    def options(self) -> dict[str, Any]:
        """How it is started."""
        return {"env": self.environment}

    def answers(self) -> bool:
        """Whether it does its work now."""
        return self.process is not None and self.process.poll() is None

    def begin(self) -> None:
        """Start it; returns at once."""
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": self.log}
        self.process = start(self.command(), stderr=self.log, **streams, **self.options())

    def wait_until_ready(self) -> float:
        """Seconds until it answered; begun again when it ended by itself."""
        began = time.monotonic()
        while not self.answers():
            if time.monotonic() - began > READY_SECONDS_MAX:
                raise SystemExit(f"{self.name} does not come back: {self.log.name}")
            if self.process is None or self.process.poll() is not None:
                self.begin()
            time.sleep(0.05)
        return time.monotonic() - began

    def kill(self, chance: Random) -> str:
        """Kill it and all its children with no warning (SIGKILL); what was killed."""
        assert self.process is not None
        family = descendants(self.process.pid)
        for pid in (self.process.pid, *family):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()
        return self.name

    def end(self) -> None:
        """Stop it for good."""
        if self.process is not None and self.process.poll() is None:
            self.kill(Random())
        self.log.close()


class Database(Service):
    """PostgreSQL with a data folder that lives through its crashes."""

    name = "database"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder, environment)
        self.programs = postgres_programs()
        self.owner: dict[str, Any] = {}
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            self.owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            if not str(self.programs).startswith("/usr/"):
                self.programs = copied(self.programs, folder / "programs")
        self.data = folder / "data"
        initdb: list[Any] = [
            self.programs / "bin/initdb",
            f"--pgdata={self.data}",
            "--username=postgres",
        ]
        initdb += ["--auth=trust", "--encoding=UTF8", "--locale=C"]
        subprocess.run(initdb, check=True, stdout=self.log, stderr=self.log, **self.options())

    @property
    def url(self) -> str:
        """DATABASE_URL."""
        return f"postgres://postgres@/portal?host={self.folder}"

    def options(self) -> dict[str, Any]:
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
        return {"cwd": self.folder, "env": environment, **self.owner}

    def command(self) -> list[Any]:
        settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
        return [self.programs / "bin/postgres", "-D", self.data, "-k", self.folder, *settings]

    def answers(self) -> bool:
        import psycopg2

        if not super().answers():
            return False
        try:
            psycopg2.connect(
                dbname="postgres", user="postgres", host=str(self.folder), connect_timeout=2
            ).close()
        except psycopg2.OperationalError:
            return False
        return True

    def create(self) -> None:
        """Make the portal's database, empty."""
        import psycopg2

        made = psycopg2.connect(dbname="postgres", user="postgres", host=str(self.folder))
        made.autocommit = True
        with made.cursor() as cursor:
            cursor.execute("CREATE DATABASE portal")
        made.close()


class Web(Service):
    """Two processes of the web server; half of the kills meet the whole, the others one process that is replaced."""

    name = "web"

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        super().__init__(folder, environment)
        self.port = free_port()

    def command(self) -> list[Any]:
        return [
            *(sys.executable, "-m", "granian", "--interface", "wsgi", "--host", HOST),
            *("--port", str(self.port), "--workers", "2", "--blocking-threads", "3"),
            *("--respawn-failed-workers", "--log-level", "warning", "crash.wsgi:application"),
        ]

    def answers(self) -> bool:
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/healthz")
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def kill(self, chance: Random) -> str:
        assert self.process is not None
        workers = [pid for pid in descendants(self.process.pid) if "crash.wsgi" in words_of(pid)]
        if workers and chance.random() < 0.5:
            with suppress(ProcessLookupError):
                os.kill(chance.choice(workers), signal.SIGKILL)
            return "web process"
        return super().kill(chance)


class Worker(Service):
    """The worker of the job queue; without Redis, the same jobs in a loop."""

    name = "worker"

    def command(self) -> list[Any]:
        if self.environment["REDIS_URL"]:
            celery = ["-m", "celery", "--app", "crash.worker", "worker", "--concurrency", "2"]
            return [sys.executable, *celery, "--loglevel", "WARNING"]
        return [sys.executable, "-m", "crash.worker", "--every", "1"]


def descendants(pid: int) -> list[int]:
    """The children of a process, and theirs."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            text = entry.read_text()
            parent = int(text[text.rindex(")") + 2 :].split()[1])
            parents.setdefault(parent, []).append(int(entry.parent.name))
    found = [pid]
    for one in found:
        found += parents.get(one, [])
    return found[1:]


def words_of(pid: int) -> str:
    """The command line of a process, "" when it is gone."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""
