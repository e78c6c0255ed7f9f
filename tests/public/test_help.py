"""The help centre: every page, every figure out of the programme, and words where there is none (G2)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.moments import moment
from tests import build
from tests.markup import inline_parts
from voucher_portal.help.topics import GROUPS, TOPICS

pytestmark = pytest.mark.django_db

AT = moment(date(2020, 5, 1), 9)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def words(slug: str, query: str = "") -> str:
    page = Client().get(reverse("help:page", args=[slug]) + query)
    assert page.status_code == 200
    return page.content.decode()


ODD = {
    "enterprise_cap": Decimal(12_300),
    "subsidy_ratio": Decimal("0.45"),
    "usage_days": 41,
    "correction_days": 7,
    "publicity_days": 9,
    "application_step": Decimal(300),
    "provider_cap": Decimal(77_000),
    "service_from": date(2020, 2, 3),
    "service_until": date(2020, 10, 11),
}
SAID = {
    "apply": ("12,300 元", "45%", "300 元"),
    "order": ("41 个自然日", "7 个工作日", "2020年2月3日至2020年10月11日", "3 年"),
    "pay": ("45%", "2020年2月3日至2020年10月11日"),
    "return": ("12,300 元", "41 个自然日", "7 个工作日"),
    "provider": ("77,000 元",),
    "redeem": ("9 个工作日",),
    "objection": ("9 个工作日",),
    "materials": ("5 MB",),
    "results": ("9 时", "没有启用递补"),
    "register": ("广州市", "2020 年度"),
    "faq": ("12,300 元", "45%"),
}


@pytest.mark.rule("G2")
@pytest.mark.parametrize("slug", sorted(SAID))
def test_figures_are_the_programmes(slug: str) -> None:
    build.programme(**ODD)
    page = words(slug)
    for figure in SAID[slug]:
        assert figure in page
    assert not inline_parts(page)


@pytest.mark.parametrize("slug", sorted(TOPICS))
def test_without_a_programme_no_figure_is_made_up(slug: str) -> None:
    article = re.search(r"<article.*</article>", words(slug), re.S)
    assert article
    assert "目前没有正在实施的年度方案" in article[0]
    assert not re.search(r"\d,\d{3} 元|\d+%|个自然日", article[0])
    assert "None" not in article[0]


@pytest.mark.rule("B9")
def test_the_waiting_list_is_told_as_the_city_has_it() -> None:
    build.programme(waiting_list=True)
    assert "已启用递补" in words("results")


def test_the_city_is_chosen_by_the_address() -> None:
    build.programme(enterprise_cap=Decimal(11_100))
    build.programme(of=build.city("zhuhai"), enterprise_cap=Decimal(22_200))
    assert "11,100 元" in words("apply")
    page = words("apply", "?city=zhuhai")
    assert "22,200 元" in page and "11,100 元" not in page
    assert f'href="{reverse("help:page", args=["order"])}?city=zhuhai"' in page
    assert "11,100 元" in words("apply", "?city=" + "x" * 3000)


def test_every_topic_is_listed_once_and_links_lead_somewhere() -> None:
    build.programme()
    page = Client().get("/help/").content.decode()
    assert len(TOPICS) == sum(len(group.topics) for group in GROUPS) == 12
    for slug in TOPICS:
        assert reverse("help:page", args=[slug]) in page
        for link in set(re.findall(r'href="(/[^"#]*)"', words(slug))):
            if not link.startswith("/static/"):
                assert Client().get(link).status_code in {200, 302}, link
    assert Client().get("/help/no-such-page/").status_code == 404
    assert 'href="/help/"' in Client().get("/").content.decode()


def test_a_page_asks_once() -> None:
    build.programme()
    with CaptureQueriesContext(connection) as queries:
        words("apply")
    assert len(queries) == 1
