"""The public record: the same for everyone, kept by any cache, nothing personal, and as a feed (N1, B7)."""

from __future__ import annotations

from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.notices.models import Notice, NoticeKind
from tests import build
from tests.redemption import build as redemption

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N1")]
AT = moment(date(2020, 12, 1), 9)
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def notice(**fields) -> Notice:
    values = {
        "city": build.city(),
        "kind": NoticeKind.GENERAL,
        "title": "关于申领的说明",
        "body": "正文 <b> & 结束",
        "publish_at": AT - timedelta(hours=1),
    }
    return Notice.objects.create(**{**values, **fields})


@pytest.fixture
def record() -> list[str]:
    """Every page of the public record."""
    voucher = build.voucher()
    batch = voucher.batch_id
    return [
        reverse("notices:list"),
        reverse("notices:detail", args=[notice().pk]),
        reverse("notices:feed"),
        reverse("notices:feed", args=["guangzhou"]),
        reverse("batches:list"),
        reverse("batches:results", args=[batch]),
        reverse("batches:round", args=[batch, 0]),
        reverse("batches:download", args=[batch]),
        reverse("batches:recompute"),
        reverse("batches:verifier"),
        reverse("publicity:lists"),
        reverse("publicity:results"),
    ]


def test_the_record_is_the_same_for_everyone_and_may_be_kept(record):
    user = build.account(Role.BUREAU)
    for address in record:
        stranger, official = Client(), Client()
        official.force_login(user)
        answers = [client.get(address) for client in (stranger, official)]
        bytes_of = [b"".join(a) if a.streaming else a.content for a in answers]
        assert bytes_of[0] == bytes_of[1], address
        for answer in answers:
            assert "public" in answer["Cache-Control"] and "max-age=60" in answer["Cache-Control"]
            assert "Cookie" not in answer.get("Vary", ""), address
            assert not answer.cookies, address
            assert user.shown_name not in bytes_of[0].decode()


def test_what_is_not_there_and_what_belongs_to_somebody_is_not_kept(record):
    for address in (
        reverse("notices:detail", args=[99999]),
        reverse("batches:results", args=[99999]),
        reverse("notices:feed", args=["nowhere"]),
    ):
        answer = Client().get(address)
        assert answer.status_code == 404 and "public" not in answer["Cache-Control"]
    for address in ("/", "/login/", "/messages/"):
        assert "public" not in Client().get(address)["Cache-Control"]


@pytest.mark.rule("R4")
def test_a_publicity_list_may_be_kept(client):
    publicity = redemption.in_state("published").claim.publicity
    answer = client.get(reverse("publicity:list", args=[publicity.pk]))
    assert "public" in answer["Cache-Control"] and not answer.cookies


def test_the_feed_has_what_the_public_sees_now_newest_first(client):
    seen = notice(title="第一条")
    newest = notice(title="第二条", publish_at=AT, city=build.city("zhuhai"))
    notice(title="明天的", publish_at=AT + timedelta(microseconds=1))
    answer = client.get(reverse("notices:feed"))
    assert answer["Content-Type"].startswith("application/atom+xml")
    feed = ElementTree.fromstring(answer.content)
    entries = feed.findall(f"{ATOM}entry")
    assert [one.findtext(f"{ATOM}title") for one in entries] == ["第二条", "第一条"]
    assert entries[0].findtext(f"{ATOM}id").endswith(f"/notices/{newest.pk}/")
    assert "<p>正文 &lt;b&gt; &amp; 结束</p>" in entries[1].findtext(f"{ATOM}summary")
    city = ElementTree.fromstring(client.get(reverse("notices:feed", args=["guangzhou"])).content)
    assert [one.findtext(f"{ATOM}id") for one in city.findall(f"{ATOM}entry")] == [
        entries[1].findtext(f"{ATOM}id")
    ]
    assert seen.title == "第一条"


@pytest.mark.rule("B7")
def test_the_print_view_has_the_whole_list_on_one_page(client, monkeypatch):
    monkeypatch.setattr("vouchers.public_views.RESULTS_PER_PAGE", 1)
    batch = build.batch()
    for _ in range(3):
        build.apply(batch, build.enterprise(), 100)
    build.decide(batch)
    address = reverse("batches:results", args=[batch.pk])
    assert client.get(address).content.decode().count('data-label="排名"') == 1
    assert client.get(f"{address}?show=print").content.decode().count('data-label="排名"') == 3
