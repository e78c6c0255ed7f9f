"""Public notices (N1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.documents.checks import UnableToKeepFile
from foundation.documents.models import Document
from foundation.documents.queries import documents_visible_to
from foundation.errors import OutOfReach
from foundation.moments import ONE_MICROSECOND
from foundation.notices.models import Notice, NoticeKind
from foundation.notices.operations import (
    announce,
    publish_notice,
    withdraw_notice,
)
from foundation.notices.policies import UnableToPublishNotice, UnableToWithdrawNotice
from foundation.notices.queries import notices_visible
from tests.foundation.build import AT, city, party, staff
from tests.foundation.test_documents import PDF, PNG

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _own_reach(settings) -> None:
    settings.DOCUMENT_REACH = ["foundation.notices.queries.documents_in_reach"]


@pytest.fixture
def bureau() -> Actor:
    return Actor(user=staff(Role.BUREAU))


def notice(*, slug: str = "guangzhou", at=AT, **changed) -> Notice:
    fields = {"kind": NoticeKind.GENERAL, "title": "通知", "body": "正文", **changed}
    return publish_notice(at=AT, by=job("test"), city=city(slug), publish_at=at, **fields)


@pytest.mark.rule("N1")
class TestNotices:
    def test_it_is_public_from_its_moment_on(self, client) -> None:
        made = notice(at=AT)
        assert list(notices_visible(AT)) == [made]
        assert not notices_visible(AT - ONE_MICROSECOND).exists()

    @pytest.mark.parametrize("path", ["/notices/", "/notices/{pk}/"])
    def test_the_pages_keep_to_it(self, client, path: str, time_machine) -> None:
        made = notice(at=AT, title="第一批发券通知", body="第一段\n\n<b>第二段</b>")
        time_machine.move_to(AT - MINUTE, tick=False)
        early = client.get(path.format(pk=made.pk))
        assert "第一批发券通知" not in early.content.decode()
        time_machine.move_to(AT, tick=False)
        page = client.get(path.format(pk=made.pk))
        assert page.status_code == 200
        assert "第一批发券通知" in page.content.decode()
        assert "<b>" not in page.content.decode()
        assert page.content.decode().count("<h1") == 1

    def test_the_bureau_announces_with_attachments_at_a_set_time(self, bureau: Actor) -> None:
        later = AT + timedelta(days=1)
        made = announce(
            by=bureau,
            at=AT,
            kind=NoticeKind.HELP,
            title=" 办事指南 ",
            body="正文",
            publish_at=later,
            files=[SimpleUploadedFile("指南.pdf", PDF), SimpleUploadedFile("图.png", PNG)],
        )
        assert (made.city, made.title, made.publish_at) == (city(), "办事指南", later)
        assert [d.name for d in made.attachments.order_by("pk")] == ["指南.pdf", "图.png"]
        assert AuditEntry.objects.get(action="publish_notice").actor == bureau.user

    def test_without_a_time_it_is_public_at_once(self, bureau: Actor) -> None:
        made = announce(by=bureau, at=AT, kind="general", title="通知", body="正文")
        assert list(notices_visible(AT)) == [made]

    def test_a_time_that_has_passed_is_refused(self, bureau: Actor) -> None:
        asked = {"by": bureau, "kind": "general", "title": "通知", "body": "正文", "publish_at": AT}
        assert announce(at=AT, **asked)
        with pytest.raises(UnableToPublishNotice, match="不能早于现在"):
            announce(at=AT + ONE_MICROSECOND, **asked)

    @pytest.mark.parametrize("field", ["title", "body"])
    def test_it_says_something(self, bureau: Actor, field: str) -> None:
        with pytest.raises(UnableToPublishNotice) as refused:
            words = {"title": "通知", "body": "正文", field: " \n"}
            announce(by=bureau, at=AT, kind="general", **words)
        assert refused.value.field == field

    @pytest.mark.rule("F1")
    def test_a_bad_attachment_publishes_nothing(self, bureau: Actor) -> None:
        files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", b"<html>")]
        with pytest.raises(UnableToKeepFile):
            announce(by=bureau, at=AT, kind="general", title="通知", body="正文", files=files)
        assert not Notice.objects.exists()
        assert not Document.objects.exists()

    @pytest.mark.parametrize("role", [r for r in Role if r != Role.BUREAU])
    def test_nobody_else_announces(self, role: Role) -> None:
        by = Actor(user=staff(role) if role in list(Role)[2:] else party(role))
        with pytest.raises(OutOfReach):
            announce(by=by, at=AT, kind="general", title="通知", body="正文")
        with pytest.raises(OutOfReach):
            withdraw_notice(by=by, at=AT, notice=notice(at=AT + MINUTE), reason="x")

    def test_it_is_taken_back_only_before_its_moment(self, bureau: Actor) -> None:
        made = notice(at=AT)
        with pytest.raises(UnableToWithdrawNotice):
            withdraw_notice(by=bureau, at=AT, notice=made, reason="有误")
        withdraw_notice(by=bureau, at=AT - ONE_MICROSECOND, notice=made, reason="有误")
        assert not Notice.objects.exists()
        assert AuditEntry.objects.get(action="withdraw_notice").reason == "有误"
        with pytest.raises(OutOfReach):
            withdraw_notice(by=bureau, at=AT - ONE_MICROSECOND, notice=made, reason="有误")

    def test_another_citys_bureau_does_not_take_it_back(self) -> None:
        by = Actor(user=staff(Role.BUREAU, slug="zhuhai"))
        with pytest.raises(OutOfReach):
            withdraw_notice(by=by, at=AT - MINUTE, notice=notice(at=AT), reason="x")

    def test_the_list_by_city_and_kind(self, client) -> None:
        notice(title="广州通用")
        notice(title="广州批次", kind=NoticeKind.BATCH)
        notice(title="珠海通用", slug="zhuhai")

        def titles(query: str) -> set[str]:
            page = client.get(f"/notices/{query}").content.decode()
            return {title for title in ("广州通用", "广州批次", "珠海通用") if title in page}

        assert titles("") == {"广州通用", "广州批次", "珠海通用"}
        assert titles("?city=zhuhai") == {"珠海通用"}
        assert titles("?city=guangzhou&kind=batch") == {"广州批次"}
        assert titles("?kind=general&city=") == {"广州通用", "珠海通用"}
        assert titles("?city=nowhere&kind=none") == {"广州通用", "广州批次", "珠海通用"}

    def test_the_list_is_paged(self, client) -> None:
        for number in range(21):
            notice(title=f"公告{number:02d}", at=AT + number * MINUTE)
        first, second = client.get("/notices/"), client.get("/notices/?page=2")
        assert "公告20" in first.content.decode()
        assert "公告00" not in first.content.decode()
        assert "公告00" in second.content.decode()
        # As in every public list: the nearest page that is there.
        assert client.get("/notices/?page=3").context["page_obj"].number == 2


@pytest.mark.rule("N1", "F4")
class TestAttachments:
    @pytest.fixture
    def made(self, bureau: Actor) -> Notice:
        file = SimpleUploadedFile("指南.pdf", PDF)
        words = {"kind": "help", "title": "指南", "body": "正文"}
        return announce(by=bureau, at=AT, publish_at=AT + MINUTE, files=[file], **words)

    def test_the_public_reads_them_with_the_notice(
        self, client, made: Notice, time_machine
    ) -> None:
        document = made.attachments.get()
        where = f"/notices/{made.pk}/files/{document.pk}/"
        time_machine.move_to(AT, tick=False)
        assert client.get(where).status_code == 404
        time_machine.move_to(AT + MINUTE, tick=False)
        page = client.get(where)
        assert b"".join(page.streaming_content) == PDF
        assert page["X-Content-Type-Options"] == "nosniff"
        assert where in client.get(f"/notices/{made.pk}/").content.decode()

    def test_no_other_file_is_read_through_a_notice(self, client, made: Notice) -> None:
        from foundation.documents.operations import keep_file

        private = keep_file(
            file=SimpleUploadedFile("身份证.pdf", PDF), by=Actor(user=party()), at=AT
        )
        other = notice()
        for pk, document in (
            (made.pk, private.pk),
            (other.pk, made.attachments.get().pk),
            (9999, 1),
        ):
            assert client.get(f"/notices/{pk}/files/{document}/").status_code == 404

    def test_only_the_citys_bureau_reads_them_at_the_desk(self, made: Notice) -> None:
        document = made.attachments.get()
        assert document in documents_visible_to(staff(Role.BUREAU))
        for user in (staff(Role.BUREAU, slug="zhuhai"), staff(Role.CONTRACTOR), party()):
            assert not documents_visible_to(user).exists()


@pytest.mark.rule("N1")
class TestTheDesk:
    def test_the_bureau_publishes_and_withdraws(self, client, bureau: Actor, time_machine) -> None:
        time_machine.move_to(AT, tick=False)
        client.force_login(bureau.user)
        form = {
            "kind": "general",
            "title": "停机通知",
            "body": "正文",
            "publish_at": "2020-06-01T09:01",
        }
        files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.png", PNG)]
        where = "/admin/notices/notice/"
        page = client.post(f"{where}act/announce/", {**form, "files": files}, follow=True)
        made = Notice.objects.get()
        assert made.publish_at == AT + MINUTE
        assert made.attachments.count() == 2
        assert "a.pdf" in page.content.decode()

        early = client.post(f"{where}act/announce/", {**form, "publish_at": "2020-06-01T08:59"})
        assert "不能早于现在" in early.content.decode()

        client.post(f"{where}{made.pk}/act/withdraw/", {"reason": "有误"})
        assert not Notice.objects.exists()

    def test_a_published_one_stays(self, client, bureau: Actor, time_machine) -> None:
        made = notice(at=AT)
        time_machine.move_to(AT, tick=False)
        client.force_login(bureau.user)
        page = client.get(f"/admin/notices/notice/{made.pk}/change/")
        assert "不能撤销" in page.content.decode()
        page = client.post(f"/admin/notices/notice/{made.pk}/act/withdraw/", {"reason": "x"})
        assert "不能撤销" in page.content.decode()
        assert Notice.objects.exists()

    def test_reach(self, client, bureau: Actor) -> None:
        elsewhere = notice(slug="zhuhai", at=AT + MINUTE)
        client.force_login(bureau.user)
        where = f"/admin/notices/notice/{elsewhere.pk}"
        assert client.get(f"{where}/change/").status_code == 404
        assert client.post(f"{where}/act/withdraw/", {"reason": "x"}).status_code == 404
        for role in (Role.CONTRACTOR, Role.EXPERT):
            client.force_login(staff(role))
            assert client.get("/admin/notices/notice/").status_code == 404
            assert client.get("/admin/notices/notice/act/announce/").status_code == 404
