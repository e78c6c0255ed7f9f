"""A back-up of everything that lasts, in one folder: the database, every stored file, and a manifest over both.

The database is dumped first: the store only ever gains names, and what no row points to stays a day, so every file a
row of the dump names is still there. Keys are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection

from foundation.audit.models import Seal
from foundation.documents.errors import BytesMissing
from foundation.documents.models import Document
from foundation.documents.storing import open_bytes

MANIFEST = "manifest.json"
FILES = "files"
DUMPS = {"postgresql": "database.dump", "sqlite": "database.sqlite3"}
CHUNK_BYTES = 1_048_576
# libpq reads these; a password on the command line would stand in the list of processes.
LIBPQ = {"HOST": "PGHOST", "PORT": "PGPORT", "USER": "PGUSER", "PASSWORD": "PGPASSWORD"}
LIBPQ_OPTIONS = {
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


class UnableToBackUp(Exception):
    """Why there is no back-up, or why one cannot be restored here."""


def back_up(folder: Path, *, at: datetime) -> dict[str, Any]:
    """Write a back-up into ``folder``, which must not exist yet; the manifest comes back.

    It is whole or not there: the folder gets its name when the last byte is written. Files that are missing from the
    store, or are not what they were, stand in the manifest under "faulty".
    """
    if folder.exists():
        raise UnableToBackUp(f"{folder} exists already.")
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / FILES).mkdir(parents=True, mode=0o700)
    draft.chmod(0o700)
    dump = draft / DUMPS[connection.vendor]
    _dump(dump)
    last = Seal.objects.order_by("-number").first()
    count, faulty = _copy_files(draft / FILES)
    manifest = {
        "made_at": at.isoformat(),
        "engine": connection.vendor,
        "database": dump.name,
        "database_sha256": _digest(dump),
        "files": count,
        "faulty": faulty,
        "last_seal": f"{last.number}:{last.digest}" if last else "",
    }
    (draft / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=2) + "\n")
    draft.rename(folder)
    return manifest


def restore(folder: Path) -> dict[str, Any]:
    """Bring a back-up into the configured database, which must be empty, and the configured store; the manifest.

    Files that are there already are left as they are. Raises UnableToBackUp.
    """
    manifest = read_manifest(folder)
    if connection.introspection.table_names():
        raise UnableToBackUp("the database is not empty: restore into a new one.")
    if manifest["engine"] != connection.vendor:
        raise UnableToBackUp(f"this is a back-up of {manifest['engine']}, not of this engine.")
    dump = folder / manifest["database"]
    if _digest(dump) != manifest["database_sha256"]:
        raise UnableToBackUp(f"{dump.name} is not what was written.")
    connection.close()
    _load(dump)
    for path in sorted((folder / FILES).rglob("*")):
        name = path.relative_to(folder / FILES).as_posix()
        if path.is_file() and not default_storage.exists(name):
            with path.open("rb") as content:
                default_storage.save(name, File(content))
    return manifest


def read_manifest(folder: Path) -> dict[str, Any]:
    """What a back-up says of itself; raises UnableToBackUp for a folder that is none."""
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
    except (OSError, ValueError):
        raise UnableToBackUp(f"{folder} holds no back-up.") from None
    return manifest


def faulty_files() -> Iterator[str]:
    """Every file a row names that the store does not have, or not with its bytes."""
    for name, sha256 in _named_files():
        try:
            with open_bytes(name) as stored:
                digest = hashlib.sha256()
                while chunk := stored.read(CHUNK_BYTES):
                    digest.update(chunk)
        except BytesMissing:
            yield f"{name}: missing"
            continue
        if digest.hexdigest() != sha256:
            yield f"{name}: changed"


def _named_files() -> Iterator[tuple[str, str]]:
    rows = Document.objects.order_by("storage_name").values_list("storage_name", "sha256")
    yield from rows.distinct().iterator(chunk_size=1_000)


def _copy_files(to: Path) -> tuple[int, list[str]]:
    """Copy every file that a row names, hashing it on the way; how many, and what is wrong with which."""
    count, faulty = 0, []
    for name, sha256 in _named_files():
        target = to / name
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open_bytes(name) as stored, target.open("wb") as copy:
                digest = hashlib.sha256()
                while chunk := stored.read(CHUNK_BYTES):
                    digest.update(chunk)
                    copy.write(chunk)
        except BytesMissing:
            faulty.append(f"{name}: missing")
            continue
        count += 1
        if digest.hexdigest() != sha256:
            faulty.append(f"{name}: changed")
    return count, faulty


def _dump(to: Path) -> None:
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(to)) as copy:
            connection.connection.backup(copy)
        return
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={to}")


def _load(dump: Path) -> None:
    if connection.vendor == "sqlite":
        with closing(sqlite3.connect(dump)) as source:
            connection.ensure_connection()
            source.backup(connection.connection)
        return
    name = str(connection.settings_dict["NAME"])
    options = ("--no-owner", "--no-privileges", "--single-transaction", "--exit-on-error")
    _run("pg_restore", *options, f"--dbname={name}", str(dump))


def _run(program: str, *arguments: str) -> None:
    known = connection.settings_dict
    environment = {**os.environ, "PGDATABASE": str(known["NAME"])}
    environment |= {name: str(known[key]) for key, name in LIBPQ.items() if known.get(key)}
    options = known.get("OPTIONS", {})
    environment |= {
        name: str(options[key]) for key, name in LIBPQ_OPTIONS.items() if key in options
    }
    path = _program(program)
    done = subprocess.run(
        [path, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise UnableToBackUp(f"{program} failed: {done.stderr.strip()}")


def _program(name: str) -> str:
    """Where the program is; refused when it is not of the server's major version.

    What a newer one writes or asks for, the server does not take back; an older one does not read the server.
    """
    path = shutil.which(name, path=settings.PG_PROGRAMS or None)
    if path is None:
        raise UnableToBackUp(f"{name} is not installed (PostgreSQL's client programs).")
    says = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.search(r"(\d+)\.?\d*", says)
    server = connection.pg_version // 10_000  # type: ignore[attr-defined]  # asked of PostgreSQL only
    if version and int(version[1]) != server:
        raise UnableToBackUp(
            f"{name} is of PostgreSQL {version[1]}, the server of {server}: name the folder of the server's own "
            "client programs in PG_PROGRAMS (docs/operations.md)."
        )
    return path


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise UnableToBackUp(f"{path.name} is missing.") from None
