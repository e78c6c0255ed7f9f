"""The outbox: mailed once, nothing lost, against real and broken mail servers (N2)."""

from __future__ import annotations

import re
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.core import mail
from django.db import connection, connections

from enterprises.models import Enterprise
from foundation.accounts.actors import Actor
from foundation.accounts.models import MailChoice, Role, User
from foundation.errors import OutOfReach
from foundation.moments import ONE_MICROSECOND
from foundation.notices.events import EVENTS, Event, Kind
from foundation.notices.models import Message, OutboxEntry
from foundation.notices.operations import post_message, send_again
from foundation.notices.policies import UnableToSendAgain, mailed_from
from foundation.notices.queries import outbox_of_staff
from foundation.notices.tasks import BACK_OFF, CLAIM, GIVE_UP_AFTER, send_outbox
from tests.foundation import mail as servers
from tests.foundation.build import AT, city, credit_code, party, staff
from tests.foundation.test_messages import MINUTE, TEST_EVENT, post

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture(autouse=True)
def _one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, "test_granted", TEST_EVENT)


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
        assert sent.body.startswith(f"{user.username}：\n")
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
            assert entry.given_up_at is None
            at = entry.next_attempt_at
        assert BACK_OFF[-1] == 120 * MINUTE
        settings.EMAIL_BACKEND = LOCMEM
        assert send_outbox(at) == 1
        assert len(mail.outbox) == 1

    def test_after_three_days_it_is_left_to_staff(self, user: User, settings) -> None:
        post(user)
        settings.EMAIL_BACKEND = "tests.foundation.mail.Down"
        at = AT
        while self.entry().given_up_at is None:
            send_outbox(at)
            last, at = at, self.entry().next_attempt_at
        assert AT + GIVE_UP_AFTER - BACK_OFF[-1] < last <= AT + GIVE_UP_AFTER
        settings.EMAIL_BACKEND = LOCMEM
        assert send_outbox(at + timedelta(days=30)) == 0
        assert user.messages.count() == 1

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

    def test_addresses_nobody_has_do_not_stop_the_run(self, user: User, settings) -> None:
        settings.EMAIL_BACKEND = "tests.foundation.mail.Picky"
        for number in range(5):
            post(party(email=f"{number}@bad.example"))
        post(user)
        assert send_outbox(AT) == 1
        assert [sent.to for sent in mail.outbox] == [["a@example.com"]]

    @pytest.mark.parametrize(
        ("choice", "mailed"),
        [
            (MailChoice.ALL, set(Kind)),
            (MailChoice.IMPORTANT, set(Kind) - {Kind.PROGRESS}),
            (MailChoice.NONE, set()),
        ],
    )
    def test_the_account_chooses_what_is_mailed(
        self, user: User, choice: str, mailed: set[Kind], monkeypatch
    ) -> None:
        User.objects.filter(pk=user.pk).update(mail_choice=choice)
        for kind in Kind:
            event = f"test_{kind.name.lower()}"
            monkeypatch.setitem(EVENTS, event, Event(kind.name, "。", kind=kind))
            post_message(at=AT, to=user.pk, event=event, params={})
        assert send_outbox(AT) == len(mailed)
        assert {sent.subject.partition("】")[2] for sent in mail.outbox} == {k.name for k in mailed}
        assert user.messages.count() == len(Kind)
        assert not OutboxEntry.objects.exists()

    @pytest.mark.rule("V7")
    def test_reminders_are_not_mailed_at_night(self) -> None:
        midnight = AT - timedelta(hours=9)
        eight = AT - timedelta(hours=1)
        assert mailed_from(Kind.REMINDER, midnight) == eight
        assert mailed_from(Kind.REMINDER, eight - ONE_MICROSECOND) == eight
        assert mailed_from(Kind.REMINDER, eight) == eight
        assert mailed_from(Kind.TODO, midnight) == midnight

    def test_a_killed_worker_sends_again_at_worst_what_it_held(self, user: User, settings) -> None:
        other = party(email="b@example.com")
        post(user)
        post(other)
        settings.EMAIL_BACKEND = "tests.foundation.mail.Killed"
        with pytest.raises(SystemExit):
            send_outbox(AT)
        settings.EMAIL_BACKEND = LOCMEM

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


@pytest.fixture
def smtp(settings):
    """Django's own SMTP backend, towards whatever server the test names."""

    def use(server: servers.Server) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER, settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = "", False, False
        settings.EMAIL_TIMEOUT = 5
        settings.DEFAULT_FROM_EMAIL = "fwq@gz.example.cn"

    return use


@pytest.mark.rule("N2")
class TestARealServer:
    def test_the_mail_as_it_arrives(self, smtp, settings) -> None:
        settings.PORTAL_URL = "https://fwq.example.cn"
        user = party(email="a@example.com")
        Enterprise.objects.create(
            account=user,
            city=city(),
            credit_code=credit_code(),
            name="广州测试<有限>公司",
            created_at=AT,
        )
        amount = "2,000 元" + "很长的产品名称" * 20
        made = post(user, deadline="2020年6月28日 23:59", reason="电话13800138000", amount=amount)
        with servers.Server() as server:
            smtp(server)
            assert send_outbox(AT) == 1
        (got,) = server.taken
        assert got["Subject"] == f"【服务券平台】获券 {amount}"
        assert got["From"] == "中小微企业服务券平台 <fwq@gz.example.cn>"
        assert got["To"] == "a@example.com"
        assert got["Auto-Submitted"] == "auto-generated"
        assert got["Message-ID"] == f"<message-{made.pk}@gz.example.cn>"
        assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
        # Seven bits and short lines pass every server.
        assert server.raw[0].isascii()
        assert max(map(len, server.raw[0].splitlines())) <= 998
        text = got.get_body(("plain",)).get_content()
        for said in (
            "广州测试<有限>公司：",
            "第 1 批：获券 2,000 元",
            "请尽快使用。",
            "截止时间：2020年6月28日 23:59",
            "https://fwq.example.cn/orders/",
            "中小微企业服务券平台",
            "系统自动发出，请勿回复",
            "https://fwq.example.cn/mail/",
        ):
            assert said in text
        assert "\n\n\n" not in text.replace("\r", "")
        page = got.get_body(("html",)).get_content()
        assert "广州测试&lt;有限&gt;公司：" in page
        assert 'href="https://fwq.example.cn/orders/"' in page
        assert "系统自动发出，请勿回复" in page
        assert "13800138000" not in text + page
        # What mail programs drop or ask about: scripts, sheets, pictures, anything fetched.
        assert not re.search(r"<(script|style|img|link|form)\b|url\(", page)
        for tag in ("table", "tr", "td", "p", "a"):
            assert len(re.findall(rf"<{tag}[ >]", page)) == page.count(f"</{tag}>")

    def test_a_header_is_not_injected(self, smtp) -> None:
        user = party(email="a@example.com")
        post(user, amount="1\r\nBcc: thief@example.com\r\n\r\nHallo")
        with servers.Server() as server:
            smtp(server)
            assert send_outbox(AT) == 1
        (got,) = server.taken
        assert got["Bcc"] is None
        assert "Bcc: thief@example.com" in got["Subject"]

    def test_one_connection_serves_a_run(self, smtp) -> None:
        for number in range(5):
            post(party(email=f"{number}@example.com"))
        with servers.Server() as server:
            smtp(server)
            assert send_outbox(AT) == 5
        assert server.connections == 1

    def test_refused_put_off_and_hung_up_on(self, smtp) -> None:
        rules = {"bad@example.com": "550 no such user", "later@example.com": "451 busy"}
        for address in (*rules, "gone@example.com", "good@example.com"):
            post(party(email=address))
            rules.setdefault(address, "" if address.startswith("gone") else "250 ok")
        with servers.Server(lambda recipient: rules[recipient]) as server:
            smtp(server)
            assert send_outbox(AT) == 1
            assert server.recipients() == ["good@example.com"]
            errors = dict(
                OutboxEntry.objects.values_list("message__recipient__email", "last_error")
            )
            assert errors == {
                "bad@example.com": "SMTPRecipientsRefused",
                "later@example.com": "SMTPRecipientsRefused",
                "gone@example.com": "SMTPServerDisconnected",
            }
            rules.update(dict.fromkeys(rules, "250 ok"))
            assert send_outbox(AT + MINUTE) == 3
        assert sorted(server.recipients()) == sorted(rules)
        assert not OutboxEntry.objects.exists()

    def test_a_server_that_comes_back_gets_everything_once(self, smtp) -> None:
        post(party(email="a@example.com"))
        with servers.Server() as server:
            smtp(server)
        assert send_outbox(AT) == 0
        assert OutboxEntry.objects.get().last_error == "ConnectionRefusedError"
        with servers.Server() as server:
            smtp(server)
            assert send_outbox(AT + MINUTE) == 1
            assert send_outbox(AT + 2 * MINUTE) == 0
        assert server.recipients() == ["a@example.com"]


@pytest.mark.rule("N2")
@pytest.mark.django_db(transaction=True)
def test_workers_at_once_bring_each_mail_to_a_real_server_once(smtp) -> None:
    users = [party(email=f"{number}@example.com") for number in range(20)]
    for user in users:
        post(user)
    start, sent = Barrier(3), []

    def work() -> None:
        start.wait()
        sent.append(send_outbox(AT))
        connections.close_all()

    with servers.Server() as server:
        smtp(server)
        threads = [Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sum(sent) == len(users)
    assert sorted(server.recipients()) == sorted(user.email for user in users)


@pytest.mark.rule("N2")
class TestTheDesk:
    @pytest.fixture
    def failed(self, settings) -> OutboxEntry:
        user = party(email="a@example.com")
        Enterprise.objects.create(
            account=user, city=city(), credit_code=credit_code(), created_at=AT
        )
        post(user)
        settings.EMAIL_BACKEND = "tests.foundation.mail.Down"
        send_outbox(AT)
        settings.EMAIL_BACKEND = LOCMEM
        return OutboxEntry.objects.get()

    def test_the_bureau_sees_what_failed_and_sends_it_again(
        self, client, failed: OutboxEntry, time_machine
    ) -> None:
        time_machine.move_to(AT + timedelta(seconds=30), tick=False)
        OutboxEntry.objects.update(given_up_at=AT)
        client.force_login(staff(Role.BUREAU))
        page = client.get("/admin/notices/outboxentry/").content.decode()
        assert "已停止发送" in page
        assert "ConnectionRefusedError" in page
        assert "a@example.com" not in page
        where = f"/admin/notices/outboxentry/{failed.pk}"
        assert "重新发送" in client.get(f"{where}/change/").content.decode()
        client.post(f"{where}/act/again/")
        assert send_outbox(AT + timedelta(seconds=30)) == 1

    def test_it_is_tried_for_three_more_days(self, failed: OutboxEntry, settings) -> None:
        settings.EMAIL_BACKEND = "tests.foundation.mail.Down"
        later = AT + timedelta(days=10)
        send_again(by=Actor(user=staff(Role.BUREAU)), at=later, entry=failed)
        send_outbox(later)
        failed.refresh_from_db()
        assert failed.given_up_at is None
        assert failed.attempts == 1

    def test_what_waits_is_left_alone(self) -> None:
        user = staff(Role.CONTRACTOR, email="c@example.com")
        post(user)
        by = Actor(user=staff(Role.BUREAU))
        with pytest.raises(UnableToSendAgain):
            send_again(by=by, at=AT, entry=OutboxEntry.objects.get())

    def test_reach(self, client, failed: OutboxEntry) -> None:
        for user in (
            staff(Role.BUREAU, slug="zhuhai"),
            staff(Role.CONTRACTOR),
            staff(Role.PROVINCE),
            party(),
        ):
            assert not outbox_of_staff(user).exists()
            with pytest.raises(OutOfReach):
                send_again(by=Actor(user=user), at=AT, entry=failed)
        with pytest.raises(OutOfReach):
            send_again(by=Actor(), at=AT, entry=failed)
