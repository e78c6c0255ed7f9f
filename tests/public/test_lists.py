"""The public lists: filters with any value, many rows with few queries, and what is said when nothing is found."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.moments import moment
from foundation.notices.models import Notice, NoticeKind
from redemption.models import PublicityList
from tests import build
from tests.markup import inline_parts
from tests.redemption import build as redemption

pytestmark = pytest.mark.django_db

AT = moment(date(2020, 12, 1), 9)
LISTS = ("/batches/", "/products/", "/notices/", "/publicity/", "/publicity/results/")
ODD = ("x", "9" * 4000, "²", "-1", "' OR 1=1", "%", "字" * 200)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def asked(address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("address", LISTS)
def test_an_empty_list_says_what_will_be_there(address: str) -> None:
    page = Client().get(address).content.decode()
    assert 'class="empty"' in page and not inline_parts(page)
    assert "没有符合条件" in Client().get(f"{address}?city=zhuhai&page=2").content.decode()


@pytest.mark.parametrize("address", LISTS)
def test_odd_values_are_answered(address: str) -> None:
    for name in ("city", "year", "phase", "kind", "text", "category", "page", "sort", "provider"):
        for value in ODD:
            assert Client().get(address, {name: value}).status_code == 200


def test_batches_by_city_year_and_standing() -> None:
    here, there = build.programme(), build.programme(of=build.city("zhuhai"))
    old = build.batch(here)
    coming = build.batch(there, opens_at=AT + timedelta(days=1), closes_at=AT + timedelta(days=2))
    running = build.batch(there, opens_at=AT, closes_at=AT + timedelta(hours=1))

    def found(**query: str) -> set:
        return {row["batch"] for row in Client().get("/batches/", query).context["rows"]}

    assert found() == {old, coming, running}
    assert found(city="guangzhou") == {old}
    assert found(phase="open") == {running}
    assert found(phase="before") == {coming}
    assert found(phase="closed") == {old}
    assert found(phase="published") == set()
    assert found(year="2020") == {old, coming, running}
    assert found(year="1999", city="nowhere", phase="?") == {old, coming, running}


@pytest.mark.rule("B7")
def test_results_are_found_by_what_the_list_shows() -> None:
    batch = build.batch(amount=30000)
    enterprises = [build.enterprise(priority=number == 2) for number in range(3)]
    for enterprise in enterprises:
        build.apply(batch, enterprise)
    build.decide(batch)
    there = f"/batches/{batch.pk}/results/"

    def found(**query: str) -> list[int]:
        return [row.rank for row in Client().get(there, query).context["page_obj"]]

    assert found() == [1, 2, 3]
    assert found(tier="1") == [1]
    assert found(outcome="not_granted") == [3]
    ending = enterprises[0].credit_code[-4:]
    assert 2 in found(code=ending.lower())
    assert found(code="????") == [1, 2, 3]
    page = Client().get(there, {"code": ending}).content.decode()
    assert enterprises[0].credit_code not in page
    for value in ODD:
        assert Client().get(there, {"code": value, "tier": value}).status_code == 200
    few = asked(there)
    more = build.batch(batch.programme, opens_at=build.OPENS, closes_at=build.CLOSES)
    for _ in range(12):
        build.apply(more, build.enterprise())
    build.decide(more)
    assert asked(f"/batches/{more.pk}/results/") == few <= 6


def test_notices_by_words_and_with_long_titles() -> None:
    for number in range(25):
        Notice.objects.create(
            city=build.city(),
            kind=NoticeKind.GENERAL,
            title=f"第{number}号{'长' * 100}",
            body="关于调休的说明" if number == 7 else "正文",
            publish_at=AT - timedelta(days=number),
        )
    few = asked("/notices/?text=第7号")
    assert asked("/notices/") == few
    page = Client().get("/notices/", {"text": "调休"})
    assert [notice.title[:3] for notice in page.context["notices"]] == ["第7号"]
    assert Client().get("/notices/?page=99").context["page_obj"].number == 2


@pytest.mark.rule("R4")
def test_public_lists_count_their_periods_with_one_reading_of_the_calendar() -> None:
    programme = build.programme()

    def publish(count: int) -> None:
        for number in range(count):
            PublicityList.objects.create(
                programme=programme,
                published_at=AT - timedelta(days=number + 5),
                published_by=bureau,
            )

    bureau = build.account("bureau")
    publish(1)
    one = asked("/publicity/")
    publish(18)
    assert asked("/publicity/") == one <= 4
    assert len(Client().get("/publicity/?city=guangzhou").context["rows"]) == 19
    assert not Client().get("/publicity/?city=zhuhai").context["rows"]


@pytest.mark.rule("R4", "R5")
def test_lines_and_results_by_name() -> None:
    made = redemption.at_step("publish", 2)
    there = f"/publicity/{made.claim.publicity_id}/"
    name = made.scene.provider.name
    assert len(Client().get(there, {"text": name}).context["page_obj"]) == 2
    assert "没有符合条件的明细" in Client().get(there, {"text": "没有这家"}).content.decode()
    for value in ODD:
        assert Client().get(there, {"text": value, "page": value}).status_code == 200
    assert "没有符合条件" in Client().get("/publicity/results/", {"text": name}).content.decode()
