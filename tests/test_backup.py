"""The drill: back up a city that lived, restore it elsewhere, and prove that everything is there."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from foundation.audit.models import Seal
from foundation.audit.sealing.operations import seal_settled_rows
from foundation.documents.models import Document
from tests import build
from tests.foundation.build import AT
from voucher_portal.reconciliation import all_breaks
from vouchers.models import Application, ResultList

ROOT = Path(__file__).resolve().parents[1]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def programs(settings) -> str:
    """PostgreSQL's client programs, out of the package of the tests."""
    spec = spec_from_file_location("with_postgres", ROOT / "script" / "with_postgres.py")
    assert spec and spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    settings.PG_PROGRAMS = str(module.packaged_programs() / "bin")
    return settings.PG_PROGRAMS


@pytest.fixture
def lived() -> None:
    """A city in which something happened, every file in the store, and the trail sealed."""
    build.voucher()
    for index, row in enumerate(Document.objects.all()):
        content = f"content {index}".encode()
        digest = hashlib.sha256(content).hexdigest()
        name = default_storage.save(f"{digest[:2]}/{digest}.{row.pk:08x}", ContentFile(content))
        Document.objects.filter(pk=row.pk).update(sha256=digest, storage_name=name)
    assert Document.objects.exists()
    seal_settled_rows(at=AT, at_once=True, wait_seconds=0)


@pytest.fixture
def elsewhere(tmp_path: Path) -> str:
    """The address of a new, empty database on the same engine."""
    if connection.vendor == "sqlite":
        return f"sqlite:////{str(tmp_path / 'elsewhere.sqlite3').lstrip('/')}"
    name = "elsewhere"
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {name}")
        cursor.execute(f"CREATE DATABASE {name}")
    known = connection.settings_dict
    return f"postgres://{known['USER']}@/{name}?host={quote(known['HOST'], safe='')}"


def manage(database: str, programs: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own, with a store of its own, as on another machine."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "PORTAL_ENV": "test",
            "DATABASE_URL": database,
            "PG_PROGRAMS": programs,
        },
        capture_output=True,
        text=True,
        timeout=300,
    )


def test_what_was_backed_up_is_restored_elsewhere(
    lived: None, elsewhere: str, programs: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "backup"
    call_command("backup", str(folder))
    assert f"文件 {Document.objects.count()} 个" in capsys.readouterr().out
    manifest = json.loads((folder / "manifest.json").read_text())
    last = Seal.objects.latest("number")
    assert manifest["last_seal"] == f"{last.number}:{last.digest}"
    assert folder.stat().st_mode & 0o077 == 0

    done = manage(elsewhere, programs, "restore", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "全部相符" in done.stdout
    for command in (["reconcile"], ["verify_audit", "--expect", manifest["last_seal"]]):
        done = manage(elsewhere, programs, *command)
        assert done.returncode == 0, done.stdout + done.stderr
    again = manage(elsewhere, programs, "restore", str(folder))
    assert "not empty" in again.stderr


@pytest.mark.rule("B8")
def test_results_recompute_to_the_same_digest_elsewhere(
    lived: None, elsewhere: str, programs: str, tmp_path: Path
) -> None:
    """The list as the restored portal gives it out is what was published, and grants what was granted."""
    published = ResultList.objects.get()
    call_command("backup", str(tmp_path / "backup"))
    assert manage(elsewhere, programs, "restore", str(tmp_path / "backup")).returncode == 0
    give_out = (
        "from vouchers.models import ResultList; from vouchers.results import result_lines;"
        "print(*result_lines(ResultList.objects.get()), sep='', end='')"
    )
    given = manage(elsewhere, programs, "shell", "--no-imports", "--command", give_out)
    assert given.returncode == 0, given.stderr
    download = tmp_path / "results.csv"
    download.write_bytes(given.stdout.encode())
    check = [sys.executable, "script/verify_results", str(download), "--digest", published.digest]
    done = subprocess.run(check, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "相符：1 行" in done.stdout


@pytest.mark.rule("B8")
def test_a_list_that_is_no_more_what_was_published_is_named(lived: None) -> None:
    Application.objects.update(submitted_at=AT)
    assert any("申领结果" in str(found) and "复算" in str(found) for found in all_breaks())


def test_a_changed_dump_and_a_folder_that_is_none_are_refused(
    lived: None, elsewhere: str, programs: str, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    call_command("backup", str(folder))
    dump = folder / json.loads((folder / "manifest.json").read_text())["database"]
    dump.write_bytes(dump.read_bytes() + b"x")
    assert "not what was written" in manage(elsewhere, programs, "restore", str(folder)).stderr
    assert "no back-up" in manage(elsewhere, programs, "restore", str(tmp_path)).stderr


def test_a_file_that_is_missing_or_changed_is_named(lived: None, tmp_path: Path) -> None:
    one, other = Document.objects.order_by("pk")[:2]
    default_storage.delete(one.storage_name)
    default_storage.delete(other.storage_name)
    default_storage.save(other.storage_name, ContentFile(b"other"))
    with pytest.raises(CommandError, match="2 个文件"):
        call_command("backup", str(tmp_path / "backup"))
    faulty = json.loads((tmp_path / "backup" / "manifest.json").read_text())["faulty"]
    assert set(faulty) == {f"{one.storage_name}: missing", f"{other.storage_name}: changed"}


def test_nothing_is_written_over(lived: None, tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(CommandError, match="exists already"):
        call_command("backup", str(tmp_path / "backup"))


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_programs_of_another_version_are_refused(
    lived: None, settings, monkeypatch, tmp_path: Path, command: str
) -> None:
    """What pg_restore of 17 asks for, a server of 15 does not know: that must not come out on the day of need."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite needs none")
    call_command("backup", str(tmp_path / "backup"))
    other = connection.pg_version // 10_000 + 1  # type: ignore[attr-defined]
    for name in ("pg_dump", "pg_restore"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {other}.1 (Debian)"\n')
        program.chmod(0o755)
    settings.PG_PROGRAMS = str(tmp_path)
    monkeypatch.setattr(connection.introspection, "table_names", lambda *_: [])
    folder = tmp_path / ("backup" if command == "restore" else "second")

    with pytest.raises(CommandError, match=f"of PostgreSQL {other}, the server of {other - 1}"):
        call_command(command, str(folder))

    assert not (tmp_path / "second").exists()


def test_missing_programs_are_named(lived: None, settings, tmp_path: Path) -> None:
    if connection.vendor == "sqlite":
        pytest.skip("SQLite needs none")
    settings.PG_PROGRAMS = str(tmp_path)
    with pytest.raises(CommandError, match="pg_dump is not installed"):
        call_command("backup", str(tmp_path / "backup"))
