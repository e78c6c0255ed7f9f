"""The front page: which batch it shows, the data of the countdown, what is left, and what it costs."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.notices.models import Notice, NoticeKind
from tests import build
from tests.markup import inline_parts
from vouchers.models import DemandShard

pytestmark = pytest.mark.django_db

EARLY = moment(date(2020, 6, 27), 9)
MICROSECOND = timedelta(microseconds=1)


def page(at: datetime = EARLY, address: str = "/", client: Client | None = None):
    with time_machine.travel(at, tick=False):
        answer = (client or Client()).get(address)
    assert answer.status_code == 200
    return answer


def said(at: datetime = EARLY, address: str = "/", client: Client | None = None) -> str:
    return page(at, address, client).content.decode()


def notice(of=None, title: str = "公告", **fields) -> Notice:
    return Notice.objects.create(
        city=of or build.city(),
        kind=NoticeKind.GENERAL,
        title=title,
        body="正文",
        publish_at=EARLY - timedelta(days=1),
        **fields,
    )


def test_without_a_programme_it_says_so() -> None:
    words = said()
    assert "目前没有正在实施的年度方案" in words and "暂无公告" in words
    assert "data-countdown" not in words
    assert not inline_parts(words)


@pytest.mark.rule("G2")
def test_without_a_batch_the_programmes_figures_stand_alone() -> None:
    build.programme(enterprise_cap=12345, subsidy_ratio="0.4", usage_days=45)
    words = said()
    assert "本年度还没有发布申领批次" in words
    for figure in ("12,345 元", "40%", "45 个自然日", "2019年12月1日至2020年11月30日"):
        assert figure in words


@pytest.mark.rule("B2")
@pytest.mark.parametrize(
    ("at", "phase"),
    [
        (build.OPENS - MICROSECOND, "before"),
        (build.OPENS, "open"),
        (build.CLOSES, "open"),
        (build.CLOSES + MICROSECOND, "closed"),
    ],
)
def test_the_countdown_has_the_servers_time_and_both_moments(at: datetime, phase: str) -> None:
    build.batch()
    words = said(at)
    assert f'data-phase="{phase}"' in words
    for name, value in (("now", at), ("opens", build.OPENS), ("closes", build.CLOSES)):
        assert f'data-{name}="{value.isoformat()}"' in words
    assert page(at).context["shown"].phase == phase


def test_a_draft_is_not_shown_and_dates_are_in_order() -> None:
    batch = build.batch(state="draft", announced_at=None)
    assert page().context["shown"] is None
    batch.state, batch.announced_at = "announced", EARLY
    batch.save()
    dates = page().context["dates"]
    assert [row["text"][:4] for row in dates] == [
        "开始申领",
        "申领截止",
        "公布申领",
        "下单并上",
        "服务券有",
    ]
    assert all(row["waiting"] for row in dates)
    assert [row["waiting"] for row in page(build.RESULTS).context["dates"]] == [
        False,
        False,
        False,
        True,
        True,
    ]


@pytest.mark.rule("B7")
def test_an_unknown_calendar_leaves_the_day_open() -> None:
    batch = build.batch(
        build.programme(year=2098),
        opens_at=moment(date(2098, 6, 1), 9),
        closes_at=moment(date(2098, 6, 2), 9),
        valid_until=date(2098, 11, 30),
    )
    assert "公布时间待定" in said(moment(date(2098, 5, 1), 9))
    after = moment(date(2098, 6, 3), 9)
    assert "该年度放假安排载入后显示具体日期" in said(after)
    assert "放假安排载入后显示日期" in said(after, f"/batches/{batch.pk}/")


@pytest.mark.rule("B4", "B5")
@pytest.mark.parametrize(
    ("priority", "other", "left", "words"),
    [
        (0, 0, "2,000,000 元", "提交申领不等于已经获券"),
        (500_000, 500_000, "1,000,000 元", "优先企业先排"),
        (0, 2_000_000, "0 元", "优先企业排在前面"),
        (1_500_000, 3_000_000, "0 元", "普通企业停止申领"),
    ],
)
def test_what_is_left_is_never_below_zero_and_said_honestly(
    priority: int, other: int, left: str, words: str
) -> None:
    batch = build.batch()
    DemandShard.objects.filter(batch=batch, shard=3).update(
        priority_amount=priority, other_amount=other
    )
    for address in ("/", f"/batches/{batch.pk}/"):
        shown = said(build.OPENS, address)
        assert f"尚无人申领的金额：{left}" in shown
        assert words in shown


@pytest.mark.rule("B7")
def test_nothing_of_a_ranking_shows_before_its_publication() -> None:
    batch = build.batch()
    enterprise = build.enterprise()
    build.apply(batch, enterprise)
    build.decide(batch, publish=False)
    before = build.RESULTS - MICROSECOND
    words = said(before) + said(before, f"/batches/{batch.pk}/") + said(before, "/batches/")
    assert f"/batches/{batch.pk}/results" not in words
    assert enterprise.credit_code[-4:] not in words
    assert Client().get(f"/batches/{batch.pk}/results/").status_code == 404


def test_the_batch_shown_is_open_then_next_then_last() -> None:
    programme = build.programme()
    first = build.batch(programme)
    second = build.batch(
        programme,
        opens_at=build.OPENS + timedelta(days=30),
        closes_at=build.CLOSES + timedelta(days=30),
    )
    assert page(EARLY).context["shown"].batch == first
    assert list(page(EARLY).context["later"]) == [second]
    assert page(build.CLOSES + MICROSECOND).context["shown"].batch == second
    assert page(build.CLOSES + timedelta(days=31)).context["shown"].batch == second


def test_the_city_is_chosen_by_the_address_the_reader_or_what_comes_soonest() -> None:
    quiet = build.programme(of=build.city("guangzhou"))
    busy = build.programme(of=build.city("zhuhai"))
    build.batch(busy)
    assert page().context["programme"] == busy
    assert page(address="/?city=guangzhou").context["programme"] == quiet
    assert "?city=zhuhai" in said(address="/?city=guangzhou")
    for odd in ("x", "9" * 5000, "%C2%B2", ""):
        assert page(address=f"/?city={odd}").context["programme"] == busy
    mine = Client()
    mine.force_login(build.enterprise(of=build.city("guangzhou")).account)
    assert page(client=mine).context["programme"] == quiet
    notice(build.city("zhuhai"), "珠海的公告")
    assert "珠海的公告" not in said(client=mine)


@pytest.mark.rule("G2")
def test_a_new_year_without_its_programme_still_has_the_last_one() -> None:
    old = build.programme(year=2019)
    assert page(moment(date(2020, 1, 1), 0)).context["programme"] == old
    new = build.programme(year=2020)
    assert page(moment(date(2020, 1, 1), 0)).context["programme"] == new
    assert page(moment(date(2019, 12, 31), 23, 59)).context["programme"] == old


def test_who_cannot_apply_sees_no_button() -> None:
    build.batch()
    for role, sees in ((Role.PROVIDER, False), (Role.BUREAU, False), (Role.ENTERPRISE, True)):
        client = Client()
        user = build.account(role) if role != Role.ENTERPRISE else build.enterprise().account
        client.force_login(user)
        assert ("立即申领" in said(build.OPENS, client=client)) is sees
    assert "立即申领" in said(build.OPENS)


def test_it_asks_few_questions_however_much_there_is() -> None:
    def asked() -> int:
        with time_machine.travel(EARLY, tick=False), CaptureQueriesContext(connection) as queries:
            Client().get("/")
        return len(queries)

    build.batch()
    notice()
    one = asked()
    for place, slug in enumerate(("zhuhai", "foshan", "dongguan")):
        programme = build.programme(of=build.city(slug))
        for day in range(8):
            build.batch(
                programme,
                opens_at=build.OPENS + timedelta(days=day + place),
                closes_at=build.CLOSES + timedelta(days=day + place),
            )
        for number in range(20):
            notice(build.city(slug), "长" * 120 if number % 2 else "短")
    assert asked() <= one + 1  # the calendar may look at one day more
    assert one <= 7
