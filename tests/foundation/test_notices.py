"""Public notices (N1), messages and the outbox (N2)."""

from __future__ import annotations

import string
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from foundation.accounts.actors import Actor, job
from foundation.accounts.models import Role, User
from foundation.audit.models import AuditEntry
from foundation.documents.checks import UnableToKeepFile
from foundation.documents.models import Document
from foundation.documents.queries import documents_visible_to
from foundation.errors import OutOfReach
from foundation.moments import ONE_MICROSECOND
from foundation.notices.events import EVENTS, Event
from foundation.notices.models import Message, Notice, NoticeKind, OutboxEntry
from foundation.notices.operations import (
    announce,
    post_message,
    post_messages,
    publish_notice,
    read_all_messages,
    read_message,
    withdraw_notice,
)
from foundation.notices.policies import UnableToPublishNotice, UnableToWithdrawNotice
from foundation.notices.queries import notices_visible, unread_count
from foundation.notices.tasks import BACK_OFF, CLAIM, send_outbox
from foundation.notices.words import render_message
from tests.foundation import mail as servers
from tests.foundation.build import AT, city, party, staff
from tests.foundation.test_documents import PDF, PNG

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _one_event(monkeypatch: pytest.MonkeyPatch, settings) -> None:
    monkeypatch.setitem(EVENTS, "test_granted", Event("获券 {amount}", "{batch}：获券 {amount}。"))
    settings.DOCUMENT_REACH = ["foundation.notices.queries.documents_in_reach"]


@pytest.fixture
def bureau() -> Actor:
    return Actor(user=staff(Role.BUREAU))


def notice(*, slug: str = "guangzhou", at=AT, **changed) -> Notice:
    fields = {"kind": NoticeKind.GENERAL, "title": "通知", "body": "正文", **changed}
    return publish_notice(at=AT, by=job("test"), city=city(slug), publish_at=at, **fields)


def post(to: User, *, key: str | None = None, at=AT, **changed) -> None:
    params = {"amount": "2,000 元", "batch": "第 1 批"}
    post_message(
        at=at,
        to=to.pk,
        event="test_granted",
        params=params,
        key=key,
        **{"link": "/orders/", **changed},
    )


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


@pytest.mark.rule("N2")
class TestMessages:
    def test_it_is_shown_in_words(self) -> None:
        user = party()
        post(user)
        assert render_message(user.messages.get()) == ("获券 2,000 元", "第 1 批：获券 2,000 元。")

    def test_a_subject_is_one_line_and_gaps_do_not_break_it(self) -> None:
        made = Message(event="test_granted", params={"amount": "1\r\nBcc: x@example.com"})
        assert render_message(made) == (
            "获券 1 Bcc: x@example.com",
            "：获券 1\r\nBcc: x@example.com。",
        )
        assert render_message(Message(event="no more")) == ("系统消息", "")

    def test_an_unknown_event_is_a_mistake_of_ours(self) -> None:
        with pytest.raises(KeyError, match="events"):
            post_message(at=AT, to=party().pk, event="typo", params={})

    @pytest.mark.rule("V7")
    def test_a_key_is_sent_once_to_each(self) -> None:
        one, other = party(), party()
        for _ in range(2):
            post_messages(
                at=AT, to=[one.pk, other.pk], event="test_granted", params={}, key="remind:1:7"
            )
        assert Message.objects.count() == OutboxEntry.objects.count() == 2
        post(one)
        post(one)
        assert one.messages.count() == 3

    def test_nothing_is_left_of_a_transaction_that_failed(self) -> None:
        user = party()
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            post(user)
            raise ZeroDivisionError
        assert not Message.objects.exists()
        assert not OutboxEntry.objects.exists()

    def test_nobody_is_written_to_nowhere(self) -> None:
        post_message(at=AT, to=None, event="test_granted", params={})
        assert not Message.objects.exists()

    def test_reading(self) -> None:
        user, other = party(), party()
        for _ in range(3):
            post(user)
        post(other)
        first = user.messages.first()
        read_message(by=Actor(user=user), at=AT, pk=first.pk)
        read_message(by=Actor(user=user), at=AT + MINUTE, pk=first.pk)
        first.refresh_from_db()
        assert first.read_at == AT
        assert unread_count(user) == 2
        assert read_all_messages(by=Actor(user=user), at=AT) == 2
        assert (unread_count(user), unread_count(other)) == (0, 1)
        for by in (Actor(user=user), Actor()):
            with pytest.raises(OutOfReach):
                read_message(by=by, at=AT, pk=other.messages.get().pk)

    def test_the_inbox(self, client) -> None:
        user, other = party(), party()
        post(user)
        post(other, link="/secret/")
        assert client.get("/messages/")["Location"] == "/login/?next=/messages/"
        client.force_login(user)
        page = client.get("/messages/").content.decode()
        assert "获券 2,000 元" in page
        assert "1 条未读" in page
        assert page.count("<article") == 1

        made, theirs = user.messages.get(), other.messages.get()
        assert client.get(f"/messages/{made.pk}/read/").status_code == 405
        assert client.post(f"/messages/{theirs.pk}/read/").status_code == 404
        assert client.post(f"/messages/{made.pk}/read/", {"follow": "1"})["Location"] == "/orders/"
        assert client.post(f"/messages/{made.pk}/read/")["Location"] == "/messages/"
        assert "未读" not in client.get("/messages/").content.decode()
        post(user)
        page = client.post("/messages/read/", follow=True).content.decode()
        assert "已将 1 条消息标为已读" in page
        theirs.refresh_from_db()
        assert theirs.read_at is None

    def test_a_link_leads_nowhere_else(self, client) -> None:
        user = party()
        post(user, link="https://example.com/")
        client.force_login(user)
        page = client.post(f"/messages/{user.messages.get().pk}/read/", {"follow": "1"})
        assert page["Location"] == "/messages/"

    def test_the_count_for_the_head_of_the_page(self, rf) -> None:
        from django.contrib.auth.models import AnonymousUser
        from django.template import engines

        user = party()
        post(user)
        request = rf.get("/")
        template = engines["django"].from_string("{% load notices %}{% unread_messages %}")
        request.user = user
        with CaptureQueriesContext(connection) as queries:
            assert template.render({}, request).strip() == "1"
        assert len(queries) == 1
        request.user = AnonymousUser()
        assert template.render({}, request).strip() == "0"

    def test_the_inbox_asks_few_questions(self, client, django_assert_max_num_queries) -> None:
        user = party()
        for _ in range(25):
            post(user)
        client.force_login(user)
        with django_assert_max_num_queries(6):
            page = client.get("/messages/").content.decode()
        assert page.count("<article") == 20


@pytest.mark.rule("N2")
class TestTheOutbox:
    @pytest.fixture
    def user(self) -> User:
        return party(email="a@example.com")

    def entry(self) -> OutboxEntry:
        return OutboxEntry.objects.get()

    def test_what_is_due_is_mailed_once(self, user: User, settings) -> None:
        settings.PORTAL_URL = "https://fwq.example.cn"
        post(user)
        assert send_outbox(AT - ONE_MICROSECOND) == 0
        assert send_outbox(AT) == 1
        assert send_outbox(AT) == send_outbox(AT + timedelta(days=1)) == 0
        (sent,) = mail.outbox
        assert sent.to == ["a@example.com"]
        assert sent.subject == "【服务券平台】获券 2,000 元"
        assert "第 1 批：获券 2,000 元。" in sent.body
        assert "https://fwq.example.cn/orders/" in sent.body
        assert f"<message-{user.messages.get().pk}@" in sent.message()["Message-ID"]
        assert not OutboxEntry.objects.exists()
        assert user.messages.get().read_at is None

    def test_accounts_without_an_address_or_closed_are_dropped(self, user: User) -> None:
        closed = party(email="b@example.com")
        post(party())
        post(closed)
        post(user)
        User.objects.filter(pk=closed.pk).update(is_active=False)
        assert send_outbox(AT) == 1
        assert not OutboxEntry.objects.exists()
        assert Message.objects.count() == 3

    def test_a_server_that_is_down_loses_nothing(self, user: User, settings) -> None:
        post(user)
        settings.EMAIL_BACKEND = "tests.foundation.mail.Down"
        at = AT
        for attempt, minutes in enumerate((1, 5, 30, 120, 120, 120), start=1):
            assert send_outbox(at) == 0
            entry = self.entry()
            assert entry.attempts == attempt
            assert entry.next_attempt_at == at + minutes * MINUTE
            assert send_outbox(entry.next_attempt_at - ONE_MICROSECOND) == 0
            assert self.entry().attempts == attempt
            at = entry.next_attempt_at
        assert BACK_OFF[-1] == 120 * MINUTE
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        assert send_outbox(at) == 1
        assert len(mail.outbox) == 1

    @pytest.mark.rule("F5")
    def test_the_servers_answer_is_kept_without_the_address(
        self, user: User, settings, caplog
    ) -> None:
        settings.EMAIL_BACKEND = "tests.foundation.mail.Picky"
        bad = party(email="a@bad.example")
        post(bad)
        post(user)
        assert send_outbox(AT) == 1
        assert self.entry().message.recipient == bad
        assert self.entry().last_error == "SMTPDataError 550"
        assert "bad.example" not in caplog.text

    def test_a_run_gives_up_on_a_server_that_is_down(self, settings) -> None:
        settings.EMAIL_BACKEND = "tests.foundation.mail.Down"
        servers.Down.attempts.clear()
        for number in range(5):
            post(party(email=f"{number}@example.com"))
        assert send_outbox(AT) == 0
        assert len(servers.Down.attempts) == 3
        assert OutboxEntry.objects.filter(attempts=0, next_attempt_at=AT).count() == 2

    def test_a_killed_worker_sends_again_at_worst_what_it_held(self, user: User, settings) -> None:
        other = party(email="b@example.com")
        post(user)
        post(other)
        settings.EMAIL_BACKEND = "tests.foundation.mail.Killed"
        with pytest.raises(SystemExit):
            send_outbox(AT)
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

        assert send_outbox(AT) == 1
        assert send_outbox(AT + CLAIM - ONE_MICROSECOND) == 0
        assert send_outbox(AT + CLAIM) == 1
        assert [m.to[0] for m in mail.outbox] == ["a@example.com", "b@example.com", "a@example.com"]
        assert mail.outbox[0].message()["Message-ID"] == mail.outbox[2].message()["Message-ID"]
        assert not OutboxEntry.objects.exists()


@pytest.mark.rule("N2")
@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_mail_each_message_once() -> None:
    users = [party(email=f"{n}@example.com") for n in range(30)]
    for user in users:
        post(user)
    sent: list[int] = []
    start = Barrier(2)

    def work() -> None:
        start.wait()
        sent.append(send_outbox(AT))
        connection.close()

    threads = [Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(sent) == 30
    assert sorted(m.to[0] for m in mail.outbox) == sorted(user.email for user in users)
    assert not OutboxEntry.objects.exists()


def _placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


@pytest.mark.rule("N2")
@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_has_words(event: str) -> None:
    words = EVENTS[event]
    names = _placeholders(words.subject) | _placeholders(words.text)
    assert all(name.isidentifier() for name in names), "placeholders are plain names"
    message = Message(event=event, params={name: f"«{name}»" for name in names})

    subject, text = render_message(message)

    assert len(event) <= Message._meta.get_field("event").max_length
    assert 0 < len(subject) <= 60
    assert len(text) >= 10
    assert all(f"«{name}»" in subject + text for name in names)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in subject)
