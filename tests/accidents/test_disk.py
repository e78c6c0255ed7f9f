"""The disk of the file store is full: at whatever byte, the act is refused at its field and nothing is half-kept."""

from __future__ import annotations

import errno
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import FileSystemStorage, storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from foundation.documents.errors import StoreUnavailable
from foundation.documents.models import Document
from foundation.documents.operations import keep_file
from orders.models import Contract
from tests import build
from tests.foundation import files
from tests.foundation.build import AT, party
from tests.orders import build as orders
from tests.orders.browsing import contract_data

ALREADY_WRITTEN = (0, 1, 200, 400)


class FullAfter(FileSystemStorage):
    """A store on a disk that takes so many bytes more, of whatever file, and then no more."""

    room = 0

    def _save(self, name: str, content: Any) -> str:
        taken = content.read()
        part = taken[: type(self).room]
        type(self).room -= len(part)
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part)
        if len(part) < len(taken):
            raise OSError(errno.ENOSPC, "No space left on device")
        return name


def stored(folder: Path) -> list[str]:
    return [one.name for one in folder.rglob("*") if one.is_file()]


@pytest.fixture
def full(settings: Any, tmp_path: Path) -> type[FullAfter]:
    options = {"location": str(tmp_path), "base_url": None}
    backend = f"{FullAfter.__module__}.{FullAfter.__name__}"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    settings.FILE_ROOT = tmp_path
    # Tests and the test's settings name the class by different modules otherwise.
    return type(storages["default"])


@pytest.mark.rule("F1")
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("room", ALREADY_WRITTEN)
def test_a_contract_is_refused_and_can_be_handed_in_again(
    full: Any, tmp_path: Path, room: int
) -> None:
    scene = orders.at_step("confirm")
    rows = Document.objects.count()
    client = Client()
    client.force_login(scene.enterprise.account)
    path = f"/orders/{scene.order.pk}/contract/"
    with time_machine.travel(orders.UPLOADED, tick=False):
        full.room = room
        page = client.post(path, contract_data(scene))
        assert page.status_code == 200
        assert "文件暂时无法存取" in page.content.decode()
        assert not Contract.objects.exists()
        assert Document.objects.count() == rows
        assert stored(tmp_path) == []
        full.room = 1_000_000
        assert client.post(path, contract_data(scene)).status_code == 302
    assert Contract.objects.count() == 1
    assert len(stored(tmp_path)) == 1


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 16 KiB, where this user may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    command = [mount, "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(place)]
    if mount is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield place
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.django_db
@pytest.mark.once
def test_a_real_disk_that_is_full(settings: Any, small_disk: Path) -> None:
    options = {"location": str(small_disk), "base_url": None}
    backend = "django.core.files.storage.FileSystemStorage"
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": backend, "OPTIONS": options}}
    settings.FILE_ROOT = small_disk
    by, kept, refused = build.actor(party()), 0, 0
    for number in range(12):
        content = files.plain_pdf(filling=number + 1)
        try:
            keep_file(
                file=SimpleUploadedFile(f"{number}.pdf", content, "application/pdf"), by=by, at=AT
            )
            kept += 1
        except StoreUnavailable as error:
            assert "没有保存任何内容" in str(error)
            refused += 1
    assert kept and refused
    assert Document.objects.count() == kept
    names = Document.objects.values_list("storage_name", flat=True)
    assert sorted(stored(small_disk)) == sorted({Path(name).name for name in names})
    assert all(
        (small_disk / row.storage_name).stat().st_size == row.size for row in Document.objects.all()
    )
