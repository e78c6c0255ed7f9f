"""Files: what is accepted, where it is kept, and who may read it (section 10 of the rulebook)."""

from __future__ import annotations

import hashlib
import io
import os
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role
from foundation.documents.checks import UnableToKeepFile
from foundation.documents.models import Document, MediaType
from foundation.documents.operations import keep_bytes, keep_file
from foundation.documents.queries import documents_visible_to
from foundation.documents.tasks import sweep_folder, sweep_unreferenced_bytes
from tests.foundation.build import AT, party, staff

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

MAX_BYTES = 5_242_880


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", size, "red").save(content, kind)
    return content.getvalue()


# Small ones; PNG and JPEG as they are kept.
PDF, JPEG, PNG = picture("PDF"), picture("JPEG"), picture("PNG")


def upload(content: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def keep(content: bytes, name: str = "材料.pdf", by: Actor | None = None) -> Document:
    return keep_file(file=upload(content, name), by=by or Actor(), at=AT)


@pytest.mark.rule("F4")
def test_no_more_is_read_than_tells_that_it_is_too_large() -> None:
    class Endless(io.BytesIO):
        name = "a.pdf"

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= MAX_BYTES + 1
            return b"%PDF-" + b"x" * (size - 5)

    with pytest.raises(UnableToKeepFile):
        keep_file(file=Endless(), by=Actor(), at=AT)
    assert not Document.objects.exists()


class TestKeeping:
    def test_the_bytes_are_kept_under_their_digest(self) -> None:
        user = party()
        kept = keep(PDF, "合同.pdf", Actor(user=user))
        assert kept.sha256 == hashlib.sha256(PDF).hexdigest()
        assert kept.storage_name.startswith(f"{kept.sha256[:2]}/{kept.sha256}")
        assert default_storage.open(kept.storage_name).read() == PDF
        assert (kept.name, kept.size, kept.uploaded_by, kept.uploaded_at) == (
            "合同.pdf",
            len(PDF),
            user,
            AT,
        )

    def test_equal_bytes_are_kept_once(self) -> None:
        assert keep(JPEG, "a.jpg").storage_name == keep(JPEG, "b.jpg").storage_name
        assert Document.objects.count() == 2

    def test_bytes_that_were_lost_are_kept_again(self) -> None:
        content = picture("PNG", (41, 31))
        default_storage.delete(keep(content, "a.png").storage_name)
        again = keep(content, "a.png")
        assert default_storage.open(again.storage_name).read() == content

    @pytest.mark.parametrize(
        ("name", "kept"),
        [
            ("C:\\材料\\a.pdf", "a.pdf"),
            ("../../etc/a.pdf", "a.pdf"),
            ("a\r\nSet-Cookie: x.pdf", "aSet-Cookie: x.pdf"),
            ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        ],
    )
    def test_a_name_is_only_a_name(self, name: str, kept: str) -> None:
        document = keep_bytes(content=PDF, name=name, media_type=MediaType.PDF, by=Actor(), at=AT)
        assert document.name == kept


@pytest.mark.rule("F4")
class TestReading:
    @pytest.fixture(autouse=True)
    def _reach(self, settings) -> None:
        settings.DOCUMENT_REACH = ["tests.foundation.reach.shared_documents"]

    def test_the_owner_reads_it(self, client) -> None:
        user = party()
        kept = keep(PDF, "合同.pdf", Actor(user=user))
        client.force_login(user)

        page = client.get(f"/files/{kept.pk}/")

        assert b"".join(page.streaming_content) == PDF
        assert page["Content-Type"] == "application/pdf"
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Cache-Control"] == "private, no-store"
        assert page["Content-Disposition"].startswith("inline; filename*=utf-8''")
        assert "default-src 'none'" in page["Content-Security-Policy"]
        assert "frame-ancestors 'self'" in page["Content-Security-Policy"]
        assert page["X-Frame-Options"] == "SAMEORIGIN"

    @pytest.mark.parametrize(("content", "name"), [(JPEG, "a.jpg"), (PNG, "a.png")])
    def test_pictures_are_shown_in_a_sandbox(self, client, content: bytes, name: str) -> None:
        user = party()
        client.force_login(user)
        page = client.get(f"/files/{keep(content, name, Actor(user=user)).pk}/")
        assert page["Content-Disposition"] == f'inline; filename="{name}"'
        assert "sandbox" in page["Content-Security-Policy"]

    @pytest.mark.parametrize("media_type", ["text/html", "application/zip", "image/svg+xml"])
    def test_other_types_are_only_saved(self, client, media_type: str) -> None:
        user = party()
        client.force_login(user)
        kept = keep_bytes(
            content=b"<script>", name='a".html', media_type=media_type, by=Actor(user=user), at=AT
        )
        page = client.get(f"/files/{kept.pk}/")
        assert page["Content-Type"] == "application/octet-stream"
        assert page["Content-Disposition"].startswith("attachment; ")
        assert "sandbox" in page["Content-Security-Policy"]

    @pytest.mark.parametrize("role", list(Role))
    def test_beyond_reach_it_does_not_exist(self, client, role: Role) -> None:
        kept = keep(PDF, "合同.pdf", Actor(user=party()))
        nobodys = keep(PDF, "合同.pdf")
        client.force_login(staff(role) if role in list(Role)[2:] else party(role))
        for pk in (kept.pk, nobodys.pk, 999_999):
            page = client.get(f"/files/{pk}/")
            assert page.status_code == 404
            assert "Content-Disposition" not in page
            assert "合同" not in page.content.decode()
        assert client.post(f"/files/{kept.pk}/").status_code == 405

    def test_a_superuser_has_no_reach(self, client, admin_user) -> None:
        client.force_login(admin_user)
        assert client.get(f"/files/{keep(PDF).pk}/").status_code == 404

    def test_strangers_sign_in_first(self, client) -> None:
        kept = keep(PDF)
        assert client.get(f"/files/{kept.pk}/")["Location"] == f"/login/?next=/files/{kept.pk}/"
        assert client.get("/files/999999/")["Location"] == "/login/?next=/files/999999/"

    def test_a_floor_above_opens_its_files(self, client) -> None:
        user = party()
        shared = keep(PDF, "shared.pdf", Actor(user=party()))
        keep(PDF, "other.pdf", Actor(user=party()))
        assert list(documents_visible_to(user)) == [shared]
        client.force_login(user)
        assert client.get(f"/files/{shared.pk}/").status_code == 200


class TestSweeping:
    def leave(self, content: bytes, days: float) -> str:
        """Bytes as an upload leaves them whose transaction failed ``days`` before AT."""
        digest = hashlib.sha256(content).hexdigest()
        name = default_storage.save(f"{digest[:2]}/{digest}", ContentFile(content))
        self.age(name, days)
        return name

    def age(self, name: str, days: float) -> None:
        then = (AT - timedelta(days=days)).timestamp()
        os.utime(default_storage.path(name), (then, then))

    def test_bytes_without_a_row_go_after_a_day(self) -> None:
        old, young = self.leave(b"old", 1.001), self.leave(b"young", 0.999)
        kept = keep(PDF)
        self.age(kept.storage_name, 100)

        deleted = sum(sweep_folder(f"{n:02x}", AT) for n in range(256))

        assert deleted == 1
        assert not default_storage.exists(old)
        assert default_storage.exists(young)
        assert default_storage.exists(kept.storage_name)
        assert sum(sweep_folder(f"{n:02x}", AT) for n in range(256)) == 0

    def test_a_run_each_minute_sees_every_folder(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen = []
        monkeypatch.setattr(
            "foundation.documents.tasks.sweep_folder", lambda folder, at: seen.append(folder)
        )
        for minute in range(256):
            sweep_unreferenced_bytes(AT + timedelta(minutes=minute))
        assert len(set(seen)) == 256

    def test_an_upload_of_bytes_about_to_go_is_kept(self) -> None:
        content = picture("PDF", (50, 50))
        orphan = self.leave(content, 2)
        kept = keep(content)
        assert kept.storage_name != orphan
        sweep_folder(orphan[:2], AT)
        assert not default_storage.exists(orphan)
        assert default_storage.open(kept.storage_name).read() == content
