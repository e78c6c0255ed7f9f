"""Files uploaded ahead of their form: kept for their uploader alone, used once, removed when never handed in."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django import forms
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from foundation.accounts.actors import Actor
from foundation.accounts.models import Role, User
from foundation.documents import operations
from foundation.documents.checks import CheckedFile, StagedChoice
from foundation.documents.errors import UnableToKeepFile
from foundation.documents.fields import FILES_MAX, MaterialField, MaterialInput, MaterialsField
from foundation.documents.models import Document, MediaType, StagedFile
from foundation.documents.operations import (
    discard_staged,
    keep_bytes,
    keep_file,
    remove_unclaimed,
    stage_files,
)
from foundation.documents.queries import is_referenced
from foundation.documents.tasks import KEEP_STAGED, remove_stale_uploads, sweep_folder
from foundation.errors import OutOfReach
from foundation.notices.models import Notice
from foundation.notices.operations import announce
from tests.foundation import files
from tests.foundation.build import AT, party, staff

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

PDF, JPEG = files.plain_pdf(), files.jpeg((400, 300))


def upload(content: bytes = PDF, name: str = "合同.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def staged(user: User, content: bytes = PDF, name: str = "合同.pdf", at=AT) -> Document:
    return stage_files(by=Actor(user=user), at=at, files=[upload(content, name)], merged=False)


def take(pk: int, user: User | None) -> Document:
    return keep_file(file=StagedChoice(pk), by=Actor(user=user), at=AT)


@pytest.mark.rule("F4")
class TestOneTimeUse:
    def test_its_uploader_hands_it_in(self) -> None:
        user = party()
        document = staged(user)
        assert take(document.pk, user) == document
        assert not StagedFile.objects.exists()

    def test_it_is_used_once(self) -> None:
        user = party()
        document = staged(user)
        take(document.pk, user)
        with pytest.raises(UnableToKeepFile, match="已提交过"):
            take(document.pk, user)

    def test_nobody_else_hands_it_in(self) -> None:
        document = staged(party())
        for other in (party(), party(Role.PROVIDER), staff(Role.BUREAU), None):
            with pytest.raises(UnableToKeepFile):
                take(document.pk, other)
        assert StagedFile.objects.filter(document=document).exists()

    def test_a_document_of_ones_own_that_was_never_staged_is_none(self) -> None:
        user = party()
        kept = keep_file(file=upload(), by=Actor(user=user), at=AT)
        for pk in (kept.pk, 999_999):
            with pytest.raises(UnableToKeepFile):
                take(pk, user)

    def test_an_act_that_is_refused_leaves_it_staged(self) -> None:
        user = party()
        document = staged(user)
        with pytest.raises(RuntimeError), transaction.atomic():
            take(document.pk, user)
            raise RuntimeError("a rule said no")
        assert take(document.pk, user) == document

    def test_the_public_stages_nothing(self) -> None:
        with pytest.raises(OutOfReach):
            stage_files(by=Actor(), at=AT, files=[upload()], merged=False)

    def test_only_so_many_wait(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(operations, "STAGED_MAX", 2)
        user = party()
        first = staged(user)
        staged(user)
        with pytest.raises(UnableToKeepFile, match="达到 2 个"):
            staged(user)
        staged(party())
        take(first.pk, user)
        staged(user)


class TestRemoval:
    def test_what_was_never_handed_in_goes_after_a_week_with_its_bytes(self) -> None:
        user = party()
        old = staged(user, files.plain_pdf(filling=20), at=AT - KEEP_STAGED - timedelta(seconds=1))
        young = staged(user, files.plain_pdf(filling=30), at=AT - KEEP_STAGED)
        handed_in = staged(user, files.plain_pdf(filling=40), at=AT - timedelta(days=30))
        take(handed_in.pk, user)

        assert remove_stale_uploads(AT) == 1
        assert remove_stale_uploads(AT) == 0

        assert set(Document.objects.all()) == {young, handed_in}
        # The bytes are younger than a day by the real clock; seen from far enough on, they are swept.
        far = AT + timedelta(days=365 * 50)
        for name in (old.storage_name, young.storage_name, handed_in.storage_name):
            sweep_folder(name[:2], far)
        assert not default_storage.exists(old.storage_name)
        assert default_storage.exists(young.storage_name)
        assert default_storage.exists(handed_in.storage_name)

    def test_equal_bytes_of_another_row_stay(self) -> None:
        one, other = staged(party(), at=AT - timedelta(days=30)), staged(party())
        # A staged row may go at any moment, so nothing is kept on the strength of it.
        assert one.storage_name != other.storage_name
        assert remove_stale_uploads(AT) == 1
        sweep_folder(one.storage_name[:2], AT + timedelta(days=365 * 50))
        assert default_storage.open(other.storage_name).read() == PDF

    def test_a_referenced_document_is_never_removed(self) -> None:
        bureau = staff(Role.BUREAU)
        document = staged(bureau, at=AT - timedelta(days=30))
        notice = announce(
            by=Actor(user=bureau), at=AT, kind="general", title="通知", body="正文", files=[]
        )
        notice.attachments.add(document)
        assert is_referenced(document)

        assert remove_stale_uploads(AT) == 0

        assert list(Notice.objects.get(pk=notice.pk).attachments.all()) == [document]
        assert not StagedFile.objects.exists()

    def test_the_database_refuses_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        bureau = staff(Role.BUREAU)
        document = staged(bureau, at=AT - timedelta(days=30))
        notice = announce(
            by=Actor(user=bureau), at=AT, kind="general", title="通知", body="正文", files=[]
        )
        notice.attachments.add(document)
        monkeypatch.setattr(operations, "is_referenced", lambda document: False)
        with pytest.raises(IntegrityError), transaction.atomic():
            remove_unclaimed(staged_before=AT, at_most=1)
            connection.check_constraints()

    def test_it_can_be_taken_back(self) -> None:
        user = party()
        document = staged(user)
        discard_staged(by=Actor(user=party()), at=AT, pk=document.pk)
        assert Document.objects.filter(pk=document.pk).exists()
        discard_staged(by=Actor(user=user), at=AT, pk=document.pk)
        assert not Document.objects.exists()

    def test_what_was_handed_in_is_not_taken_back(self) -> None:
        user = party()
        document = staged(user)
        take(document.pk, user)
        discard_staged(by=Actor(user=user), at=AT, pk=document.pk)
        assert Document.objects.filter(pk=document.pk).exists()


@pytest.mark.rule("F4")
class TestPages:
    def test_uploading_ahead(self, client) -> None:
        user = party()
        client.force_login(user)
        answer = client.post("/files/staged/", {"file": upload(JPEG, "照片.jpg")})
        told = answer.json()
        assert answer.status_code == 201
        assert (told["name"], told["type"]) == ("照片.jpg", "JPEG")
        assert "清晰度偏低" in told["warnings"][0]
        assert Document.objects.get(pk=told["id"]).warnings == told["warnings"]
        assert client.get(f"/files/staged/{told['id']}/").json() == told
        assert client.get(told["thumbnail"])["Content-Type"] == "image/jpeg"

    @pytest.mark.rule("F2")
    def test_several_pictures_turned_and_merged(self, client) -> None:
        client.force_login(party())
        answer = client.post(
            "/files/staged/",
            {
                "file": [upload(JPEG, "1.jpg"), upload(JPEG, "2.jpg")],
                "turn": ["90", "no number"],
                "merged": "1",
            },
        )
        assert answer.json()["type"] == "PDF"
        document = Document.objects.get()
        assert (document.name, document.media_type) == ("1.pdf", MediaType.PDF)

    def test_a_refusal_is_a_sentence(self, client) -> None:
        client.force_login(party())
        for data, says in (
            ({"file": upload(b"MZ")}, "PDF、JPG 或 PNG"),
            ({}, "没有收到文件"),
            ({"merged": "1"}, "没有收到文件"),
            ({"file": [upload(), upload()]}, "一次只能上传一个"),
        ):
            answer = client.post("/files/staged/", data)
            assert answer.status_code == 422
            assert says in answer.json()["sentence"]
        assert not Document.objects.exists()

    def test_nobody_else_sees_it(self, client) -> None:
        document = staged(party())
        assert client.get(f"/files/staged/{document.pk}/")["Location"].startswith("/login/")
        for other in (party(), party(Role.PROVIDER), *(staff(role) for role in list(Role)[2:])):
            client.force_login(other)
            assert client.get(f"/files/staged/{document.pk}/").status_code == 404
            assert client.get(f"/files/{document.pk}/thumbnail/").status_code == 404
            assert client.get(f"/files/{document.pk}/").status_code == 404
            assert client.post(f"/files/staged/{document.pk}/discard/").status_code == 404
        assert StagedFile.objects.filter(document=document).exists()

    def test_taking_it_back(self, client) -> None:
        user = party()
        document = staged(user)
        client.force_login(user)
        assert client.post(f"/files/staged/{document.pk}/discard/").status_code == 204
        assert client.get(f"/files/{document.pk}/").status_code == 404
        assert client.post(f"/files/staged/{document.pk}/discard/").status_code == 404

    def test_a_thumbnail_is_guarded_as_its_file_is(self, client) -> None:
        user = party()
        client.force_login(user)
        page = client.get(f"/files/{staged(user).pk}/thumbnail/")
        assert page.content.startswith(b"\xff\xd8\xff")
        assert page["X-Content-Type-Options"] == "nosniff"
        assert page["Cache-Control"] == "private, no-store"
        assert "default-src 'none'" in page["Content-Security-Policy"]

    def test_what_has_no_picture_has_no_thumbnail(self, client) -> None:
        user = party()
        client.force_login(user)
        for media_type in ("text/csv", MediaType.PDF):
            kept = keep_bytes(
                content=b"no pdf", name="a", media_type=media_type, by=Actor(user=user), at=AT
            )
            assert client.get(f"/files/{kept.pk}/thumbnail/").status_code == 404


@pytest.mark.rule("F1", "F2")
class TestFields:
    def data(self, *uploads: SimpleUploadedFile, staged: tuple[object, ...] = ()):
        widget = MaterialInput(several=False)
        query = QueryDict(mutable=True)
        query.setlist("file-staged", [str(pk) for pk in staged])
        return widget.value_from_datadict(query, MultiValueDict({"file": list(uploads)}), "file")

    def test_one_upload_is_checked(self) -> None:
        found = MaterialField().clean(self.data(upload()))
        assert isinstance(found, CheckedFile)
        assert (found.name, found.content) == ("合同.pdf", PDF)

    def test_a_bad_one_is_told_at_the_field(self) -> None:
        with pytest.raises(Exception, match="扩展名"):
            MaterialField().clean(self.data(upload(PDF, "a.png")))

    def test_several_pictures_become_one_pdf(self) -> None:
        found = MaterialField().clean(self.data(upload(JPEG, "1.jpg"), upload(JPEG, "2.jpg")))
        assert (found.media_type, found.name) == (MediaType.PDF, "1.pdf")

    def test_a_pdf_among_several_is_refused(self) -> None:
        with pytest.raises(Exception, match="只能把多张图片"):
            MaterialField().clean(self.data(upload(JPEG, "1.jpg"), upload()))

    def test_a_staged_file_is_named(self) -> None:
        assert MaterialField().clean(self.data(staged=(7,))) == StagedChoice(7)

    def test_a_new_choice_counts_before_a_staged_one(self) -> None:
        assert MaterialField().clean(self.data(upload(), staged=(7,))).name == "合同.pdf"

    @pytest.mark.parametrize("nonsense", ["", "x", "-1", "1e9", "9" * 40, "７"])
    def test_nonsense_is_no_staged_file(self, nonsense: str) -> None:
        assert self.data(staged=(nonsense,)) is None
        assert MaterialField(required=False).clean(None) is None
        with pytest.raises(Exception, match=r"请填写|未提交"):
            MaterialField().clean(None)

    def test_the_page_shown_again_names_it(self) -> None:
        shown = MaterialInput(several=False).render("file", [StagedChoice(7), upload()])
        assert '<input type="hidden" name="file-staged" value="7">' in shown

    def test_a_form_with_an_error_elsewhere_names_it_again(self) -> None:
        class Contract(forms.Form):
            number = forms.CharField()
            file = MaterialField()

        form = Contract(QueryDict("number=&file-staged=7"), MultiValueDict())
        assert not form.is_valid()
        assert 'name="file-staged" value="7"' in str(form["file"])

    def test_several_materials(self) -> None:
        field = MaterialsField(required=False)
        found = field.clean(self.data(upload(), upload(JPEG, "1.jpg"), staged=(7,)))
        assert found[0] == StagedChoice(7)
        assert [one.name for one in found[1:]] == ["合同.pdf", "1.jpg"]
        assert field.clean([]) == field.clean(None) == []
        with pytest.raises(Exception, match="最多上传"):
            field.clean(self.data(staged=tuple(range(1, FILES_MAX + 2))))
        with pytest.raises(Exception, match="空"):
            field.clean([upload(b"")])
        with pytest.raises(Exception, match=r"请填写|未提交"):
            MaterialsField().clean([])
