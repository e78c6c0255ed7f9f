"""The two stores, local and S3 (a real S3 server of moto's, over HTTP), and what happens when one fails."""

from __future__ import annotations

import errno
import hashlib
import socket
from collections.abc import Iterator
from datetime import timedelta

import boto3
import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from moto.server import ThreadedMotoServer

from foundation.accounts.actors import Actor
from foundation.documents.errors import StoreUnavailable
from foundation.documents.models import Document, StagedFile
from foundation.documents.operations import keep_file
from foundation.documents.storing import read_bytes
from foundation.documents.tasks import sweep_folder
from tests.foundation import files
from tests.foundation.build import AT, party
from voucher_portal.env import Environment, file_storage

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

PDF = files.plain_pdf()
KEYS = {"S3_ACCESS_KEY": "portal", "S3_SECRET_KEY": "only-for-tests", "S3_REGION": "us-east-1"}


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def use_s3(settings, tmp_path, **more: str) -> None:
    environment = Environment({"S3_BUCKET": "portal-files", **KEYS, **more})
    settings.STORAGES = {
        **settings.STORAGES,
        "default": file_storage(environment, folder=tmp_path),
    }


@pytest.fixture
def s3(s3_server, settings, tmp_path) -> Iterator[object]:
    client = boto3.client(
        "s3",
        endpoint_url=s3_server,
        aws_access_key_id="portal",
        aws_secret_access_key="only-for-tests",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="portal-files")
    use_s3(settings, tmp_path, S3_ENDPOINT=s3_server)
    yield client
    for entry in client.list_objects_v2(Bucket="portal-files").get("Contents", []):
        client.delete_object(Bucket="portal-files", Key=entry["Key"])
    client.delete_bucket(Bucket="portal-files")


def keep(content: bytes = PDF, name: str = "合同.pdf", user=None) -> Document:
    return keep_file(file=SimpleUploadedFile(name, content), by=Actor(user=user), at=AT)


def names_in(client) -> list[str]:
    found = client.list_objects_v2(Bucket="portal-files").get("Contents", [])
    return [entry["Key"] for entry in found]


@pytest.mark.rule("F4")
class TestS3:
    def test_uploaded_and_served(self, s3, client) -> None:
        user = party()
        kept = keep(user=user)
        assert names_in(s3) == [kept.storage_name]
        client.force_login(user)
        page = client.get(f"/files/{kept.pk}/")
        assert b"".join(page.streaming_content) == PDF
        assert page["Content-Length"] == str(len(PDF))
        assert client.get(f"/files/{kept.pk}/thumbnail/").status_code == 200

    def test_nobody_reads_it_without_the_portal(self, s3, s3_server) -> None:
        kept = keep()
        assert "ACL" not in str(default_storage.get_object_parameters(kept.storage_name))
        grants = s3.get_object_acl(Bucket="portal-files", Key=kept.storage_name)["Grants"]
        assert all("AllUsers" not in str(grant) for grant in grants)

    def test_equal_bytes_are_kept_once(self, s3) -> None:
        assert keep().storage_name == keep(name="b.pdf").storage_name
        assert len(names_in(s3)) == 1

    def test_sweeping(self, s3) -> None:
        kept = keep()
        digest = hashlib.sha256(b"left").hexdigest()
        left = f"{digest[:2]}/{digest}.0011aabb"
        s3.put_object(Bucket="portal-files", Key=left, Body=b"left")
        far = AT + timedelta(days=365 * 50)
        # The server's clock is the real one: seen from a day before, everything is young.
        assert sweep_folder(left[:2], AT - timedelta(days=1)) == 0
        assert (
            sum(
                sweep_folder(f"{n:02x}", far) for n in {int(left[:2], 16), int(kept.sha256[:2], 16)}
            )
            == 1
        )
        assert names_in(s3) == [kept.storage_name]

    def test_lost_bytes_are_kept_again_and_missing_ones_are_told(self, s3, client) -> None:
        user = party()
        kept = keep(user=user)
        s3.delete_object(Bucket="portal-files", Key=kept.storage_name)
        client.force_login(user)
        page = client.get(f"/files/{kept.pk}/")
        assert page.status_code == 404
        assert f"文件编号 {kept.pk}" in page.content.decode()
        assert client.get(f"/files/{kept.pk}/thumbnail/").status_code == 404
        again = keep(user=user)
        assert read_bytes(again.storage_name) == PDF

    def test_a_bucket_that_is_not_there_is_a_refusal(
        self, s3, settings, tmp_path, s3_server
    ) -> None:
        use_s3(settings, tmp_path, S3_ENDPOINT=s3_server, S3_BUCKET="another")
        with pytest.raises(StoreUnavailable, match="没有保存任何内容"):
            keep()
        assert not Document.objects.exists()


@pytest.mark.rule("F4")
class TestFailure:
    @pytest.fixture
    def nobody(self, settings, tmp_path) -> Iterator[None]:
        """A store at an address where nobody listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            use_s3(settings, tmp_path, S3_ENDPOINT=f"http://127.0.0.1:{free.getsockname()[1]}")
            yield

    def test_a_store_that_is_down_refuses_an_upload(self, nobody, client) -> None:
        client.force_login(party())
        answer = client.post("/files/staged/", {"file": SimpleUploadedFile("a.pdf", PDF)})
        assert answer.status_code == 422
        assert "稍后再试" in answer.json()["sentence"]
        assert not Document.objects.exists()
        assert not StagedFile.objects.exists()

    def test_and_says_so_when_a_file_is_asked_for(self, client, request) -> None:
        user = party()
        kept = keep(user=user)
        request.getfixturevalue("nobody")
        client.force_login(user)
        page = client.get(f"/files/{kept.pk}/")
        assert page.status_code == 503
        assert "稍后再试" in page.content.decode()

    def test_and_the_sweep_deletes_nothing(self, nobody) -> None:
        with pytest.raises(StoreUnavailable):
            sweep_folder("00", AT)

    def test_a_full_disk_leaves_nothing_behind(self, monkeypatch, settings) -> None:
        content = files.plain_pdf(filling=77)
        digest = hashlib.sha256(content).hexdigest()

        def full(*arguments: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        # The file is made by then, and its bytes are what does not fit.
        monkeypatch.setattr("django.core.files.locks.lock", full)
        with pytest.raises(StoreUnavailable, match="没有保存任何内容"):
            keep(content)
        assert not Document.objects.exists()
        folder = settings.FILE_ROOT / digest[:2]
        assert [one for one in folder.glob("*") if one.name.startswith(digest)] == []

    def test_missing_local_bytes_are_told(self, client) -> None:
        user = party()
        kept = keep(files.plain_pdf(filling=88), user=user)
        default_storage.delete(kept.storage_name)
        client.force_login(user)
        page = client.get(f"/files/{kept.pk}/")
        assert page.status_code == 404
        assert f"文件编号 {kept.pk}" in page.content.decode()
