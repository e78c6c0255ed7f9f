"""Messages in the inbox (N2)."""

from __future__ import annotations

import string
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.template import engines
from django.test.utils import CaptureQueriesContext

from foundation.accounts.actors import Actor
from foundation.accounts.models import User
from foundation.errors import OutOfReach
from foundation.notices.events import EVENTS, TYPED, Event, Kind
from foundation.notices.models import Message, OutboxEntry
from foundation.notices.operations import (
    post_message,
    post_messages,
    read_all_messages,
    read_message,
)
from foundation.notices.queries import unread_count
from foundation.notices.words import NOT_MAILED, words_of
from tests.foundation.build import AT, party
from voucher_portal.navigation import navigation

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.foundation.urls")]

MINUTE = timedelta(minutes=1)
TEST_EVENT = Event(
    "获券 {amount}", "{batch}：获券 {amount}。{reason}", "请尽快使用。", "{deadline}", "去使用"
)


@pytest.fixture(autouse=True)
def _one_event(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(EVENTS, "test_granted", TEST_EVENT)


def post(to: User, *, key: str | None = None, at=AT, **changed) -> Message:
    """A message of the test event; ``changed`` goes into its params, ``link`` apart."""
    link = changed.pop("link", "/orders/")
    params = {"amount": "2,000 元", "batch": "第 1 批", **changed}
    post_message(at=at, to=to.pk, event="test_granted", params=params, key=key, link=link)
    return to.messages.latest("pk")


@pytest.mark.rule("N2")
class TestMessages:
    def test_it_is_shown_in_words(self) -> None:
        words = words_of(post(party(), deadline="2020年6月28日 23:59"))
        assert (words.subject, words.text) == ("获券 2,000 元", "第 1 批：获券 2,000 元。")
        assert (words.todo, words.until) == ("请尽快使用。", "2020年6月28日 23:59")
        assert (words.button, words.link, words.kind) == ("去使用", "/orders/", Kind.PROGRESS)

    def test_a_subject_is_one_line_and_gaps_do_not_break_it(self) -> None:
        made = Message(event="test_granted", params={"amount": "1\r\nBcc: x\u2028@exam\x00ple.com"})
        words = words_of(made)
        assert words.subject == "获券 1 Bcc: x @exam ple.com"
        assert words.until == ""
        gone = words_of(Message(event="no more"))
        assert (gone.subject, gone.text, gone.link) == ("系统消息", "", "")

    @pytest.mark.rule("F5")
    def test_what_people_typed_is_shown_and_not_mailed(self) -> None:
        made = post(party(), reason="请打 13800138000")
        assert "13800138000" in words_of(made).text
        mailed = words_of(made, mailed=True).text
        assert "13800138000" not in mailed
        assert NOT_MAILED in mailed

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

    def test_only_the_recipient_gets_there(self, client) -> None:
        user, other = party(), party()
        mine, theirs = post(user), post(other)
        assert client.get("/messages/")["Location"] == "/login/?next=/messages/"
        assert client.get(f"/messages/{mine.pk}/")["Location"].startswith("/login/")
        client.force_login(user)
        assert client.get(f"/messages/{theirs.pk}/").status_code == 404
        assert client.post(f"/messages/{theirs.pk}/read/").status_code == 404
        assert client.get(f"/messages/{mine.pk}/read/").status_code == 405
        client.post("/messages/read/")
        theirs.refresh_from_db()
        assert theirs.read_at is None

    def test_the_list_and_the_message(self, client) -> None:
        user = party()
        made = post(user, deadline="2020年6月28日 23:59")
        client.force_login(user)
        page = client.get("/messages/").content.decode()
        assert "获券 2,000 元" in page
        assert "1 条未读" in page
        assert "截止时间：2020年6月28日 23:59" in page
        page = client.get(f"/messages/{made.pk}/").content.decode()
        assert 'href="/orders/"' in page
        assert "去使用" in page
        assert page.count("<h1") == 1
        made.refresh_from_db()
        assert made.read_at is not None
        assert "未读</span>" not in client.get("/messages/").content.decode()

    def test_one_and_all_are_marked_as_read(self, client) -> None:
        user = party()
        first, *_ = [post(user) for _ in range(3)]
        client.force_login(user)
        answer = client.post(f"/messages/{first.pk}/read/", {"back": "?show=unread&page=2"})
        assert answer["Location"] == "/messages/?show=unread&page=2"
        assert client.get(answer["Location"]).status_code == 200
        answer = client.post(f"/messages/{first.pk}/read/", {"back": "https://example.com/"})
        assert answer["Location"] == "/messages/"
        assert unread_count(user) == 2
        page = client.post("/messages/read/", follow=True).content.decode()
        assert "已将 2 条消息标为已读" in page

    def test_filter_and_search(self, client) -> None:
        user = party()
        old = post(user, order="DD2020001", reason="旧")
        post(user, product="管理咨询", reason="新")
        read_message(by=Actor(user=user), at=AT, pk=old.pk)
        client.force_login(user)

        def found(query: str) -> set[str]:
            page = client.get(f"/messages/{query}").content.decode()
            return {word for word in "旧新" if f"获券 2,000 元。{word}" in page}

        assert found("") == found("?show=&q=") == found("?show=nonsense") == {"旧", "新"}
        assert found("?show=unread") == {"新"}
        assert found("?q=dd2020001") == {"旧"}
        assert found("?q=管理咨询") == {"新"}
        assert found("?q=尽快使用") == {"旧", "新"}
        assert found("?show=unread&q=DD2020001") == set()
        assert found(f"?q={'长' * 61}") == {"旧", "新"}
        page = client.get("/messages/?q=没有").content.decode()
        assert "没有符合条件的消息" in page
        assert "清除条件" in page
        assert found("?q=%25") == set()

    def test_an_empty_inbox_says_so(self, client) -> None:
        client.force_login(party())
        assert "暂无消息" in client.get("/messages/").content.decode()

    def test_a_link_leads_nowhere_else(self, client) -> None:
        user = party()
        for link in ("https://example.com/", "//example.com", "javascript:alert(1)"):
            made = post(user, link=link)
            client.force_login(user)
            assert link not in client.get(f"/messages/{made.pk}/").content.decode()

    def test_the_count_for_the_head_of_the_page(self, rf) -> None:
        user = party()
        post(user)
        request = rf.get("/")
        template = engines["django"].from_string("{{ unread_messages }}{{ unread_messages }}")
        request.user = user
        with CaptureQueriesContext(connection) as queries:
            context = navigation(request)
            assert not queries
            assert template.render(context, request) == "11"
            assert len(queries) == 1
        request.user = AnonymousUser()
        with CaptureQueriesContext(connection) as queries:
            assert template.render(navigation(request), request) == "00"
        assert not queries

    def test_it_counts_to_a_hundred(self, client) -> None:
        user = party()
        Message.objects.bulk_create(
            Message(recipient=user, event="test_granted", created_at=AT) for _ in range(120)
        )
        assert unread_count(user) == 100
        client.force_login(user)
        assert "100 条以上未读" in client.get("/messages/").content.decode()

    @pytest.mark.parametrize("query", ["", "?show=unread&q=获券"])
    def test_the_inbox_asks_as_much_for_many_as_for_one(self, client, query: str) -> None:
        user = party()
        client.force_login(user)

        def asked() -> int:
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"/messages/{query}").status_code == 200
            return len(queries)

        post(user)
        few = asked()
        for _ in range(25):
            post(user)
        # Session, account, unread count, number of rows, rows.
        assert asked() == few == 5


def _placeholders(pattern: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(pattern) if name is not None}


@pytest.mark.rule("N2")
@pytest.mark.parametrize("event", sorted(EVENTS))
def test_every_event_has_a_template_that_is_complete(event: str) -> None:
    template = EVENTS[event]
    patterns = (template.subject, template.text, template.todo, template.until)
    names = set().union(*map(_placeholders, patterns))
    assert all(name.isidentifier() for name in names), "placeholders are plain names"
    message = Message(event=event, params={name: f"«{name}»" for name in names}, link="/x/")

    words = words_of(message)

    assert len(event) <= Message._meta.get_field("event").max_length
    assert 0 < len(words.subject) <= 60
    assert len(words.text) >= 10
    assert words.button
    said = words.subject + words.text + words.todo + words.until
    assert all(f"«{name}»" in said for name in names)
    assert any("\u4e00" <= letter <= "\u9fff" for letter in words.subject)
    # What is to be done is said, and a sentence ends like one.
    if template.kind in {Kind.TODO, Kind.REMINDER}:
        assert words.todo
    for sentence in filter(None, (template.text, template.todo)):
        assert sentence[-1] in "。}", sentence
    if _placeholders(template.subject) & TYPED:
        pytest.fail("a subject never holds what people typed")
