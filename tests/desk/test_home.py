"""The desk's home: each queue counts what its list shows, within one's reach, in a fixed number of queries."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.queues import LATE_DAYS, queues_of
from tests import build
from tests.access.table import MODELS, routes_of
from tests.access.world import NOW, build_world
from tests.enterprises.build import AT, LATER, registered, submitted
from tests.markup import inline_parts

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_queue_counts_the_very_list_behind_it() -> None:
    world = build_world()
    seen = set()
    with time_machine.travel(NOW, tick=False):
        for who in ("contractor", "bureau", "expert", "province contractor", "other contractor"):
            client = signed_in(world.cast[who])
            for queue in queues_of(world.cast[who], NOW):
                page = client.get(queue.url)
                assert page.status_code == 200, (who, queue.label)
                assert page.context["cl"].result_count == queue.count, (who, queue.label)
                assert "e=1" not in page.request["QUERY_STRING"]
                if queue.count:
                    seen.add(queue.label)
    assert {"机构变更待审核", "违规待决定", "退回支付申请待决定", "复核申请待答复"} <= seen


def test_city_and_level_bound_the_queues() -> None:
    submitted()
    near, far = (
        build.account(Role.CONTRACTOR),
        build.account(Role.CONTRACTOR, of=build.city("zhuhai")),
    )
    province = build.account(Role.CONTRACTOR, city=None)

    def count(user: User) -> dict[str, int]:
        return {one.label: one.count for one in queues_of(user, LATER)}

    assert count(near)["企业资料待核对"] == 1
    assert count(far)["企业资料待核对"] == 0
    assert set(count(province)) == {
        "服务机构待核对",
        "服务产品待审核",
        "机构变更待审核",
        "服务机构退回补正",
        "服务产品退回修改",
    }
    for role in (Role.PROVINCE, Role.ENTERPRISE, ""):
        assert queues_of(build.account(role), LATER) == []


def test_age_and_lateness_of_the_oldest() -> None:
    submitted(at=AT)
    user = build.account(Role.CONTRACTOR)
    on_the_day = AT + timedelta(days=LATE_DAYS)
    first = queues_of(user, on_the_day)[0]
    assert (first.count, first.oldest_at, first.late, first.on) == (1, AT, 0, "")
    after = queues_of(user, on_the_day + timedelta(microseconds=1))[0]
    assert after.late == 1 and after.waited == f"{LATE_DAYS} 天"
    bureau = queues_of(build.account(Role.BUREAU), on_the_day)[0]
    assert bureau.on == "承办单位" and not bureau.start_url


def test_the_home_page_in_a_fixed_number_of_queries() -> None:
    client = signed_in(build.account(Role.CONTRACTOR))

    def looked() -> tuple[int, str]:
        with time_machine.travel(LATER, tick=False), CaptureQueriesContext(connection) as queries:
            page = client.get("/admin/")
        return len(queries), page.content.decode()

    looked()
    empty, page = looked()
    assert "没有等待办理的" in page and inline_parts(page) == []
    for _ in range(3):
        submitted(registered())
    full, page = looked()
    assert full == empty
    assert "领取下一件" in page and "需要尽快办理" in page


def test_every_page_of_the_desk_is_chinese_and_brings_nothing_inline() -> None:
    world, wrong = build_world(), []
    with time_machine.travel(NOW, tick=False):
        for who in ("contractor", "bureau", "expert"):
            client = signed_in(world.cast[who])
            pages = [
                (model, *key, route) for model in MODELS for key, route in routes_of(model).items()
            ]
            for model, name, act, route in pages:
                if who not in route.who or name not in {"changelist", "change", "record_act"}:
                    continue
                url = reverse(f"admin:{model}_{name}", args=route.args(world))
                page = client.get(url).content.decode()
                if found := inline_parts(page):
                    wrong.append(f"{url} {act}: {found}")
                for words in ("Model name", "Add link", "View site", "Filter", "Search", "Home"):
                    if words in page:
                        wrong.append(f"{url} {act}: {words}")
    assert not wrong, "\n".join(wrong)
