"""What another amount, cap or roster would have granted: the same policy as ranking, and nothing written."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from foundation.accounts.models import Role
from foundation.moments import moment
from foundation.rosters.models import BlacklistEntry, PriorityCategory, PriorityEntry
from tests import build
from tests.markup import inline_parts
from vouchers.models import Allocation, Voucher
from vouchers.policies import InLine, grant_in_order
from vouchers.what_if import ALL_CATEGORIES, Scenario, applicants_of, real, try_out

pytestmark = pytest.mark.django_db
LATER = build.RESULTS + timedelta(days=1)


def filled(seed: int):
    """A batch with a random line, one of it no longer eligible, ranked and published."""
    chance = random.Random(seed)
    batch = build.batch(amount=Decimal(chance.randrange(5, 300) * 100))
    for _ in range(12):
        amount = chance.randrange(1, 60) * 100
        build.apply(batch, build.enterprise(priority=chance.random() < 0.3), amount, in_flight=True)
    gone = build.enterprise(priority=chance.random() < 0.5)
    build.apply(batch, gone, 700, in_flight=True)
    BlacklistEntry.objects.create(credit_code=gone.credit_code, listed_on=date(2020, 6, 1))
    return batch


@pytest.mark.rule("B5", "B6")
@pytest.mark.parametrize("seed", range(4))
def test_the_pure_policy_grants_what_ranking_grants(seed):
    batch = filled(seed)
    before = applicants_of(batch, build.RANKING)
    build.decide(batch)
    ranked = dict(Allocation.objects.values_list("application_id", "granted"))
    assert real(batch, before).granted == ranked, "before ranking, by the standing of now"
    after = applicants_of(batch, LATER)
    assert real(batch, after).granted == ranked
    same = Scenario("同样", batch.amount, batch.programme.enterprise_cap, ALL_CATEGORIES)
    assert try_out(same, after).granted == ranked


@pytest.mark.rule("B6")
def test_the_last_is_granted_in_part_and_one_not_eligible_uses_up_nothing():
    line = [
        InLine(1, "2", Decimal(100)),
        InLine(2, "1", Decimal(100), is_eligible=False),
        InLine(3, "2", Decimal(100)),
        InLine(4, "1", Decimal(100)),
    ]
    assert grant_in_order(line, Decimal(250)) == {4: 100, 2: 0, 1: 100, 3: 50}
    assert grant_in_order([], Decimal(250)) == {}


@pytest.mark.rule("B3", "E7")
def test_a_lower_cap_and_other_rosters_change_who_gets_something():
    programme = build.programme()
    first = build.batch(programme)
    used, priority, plain = (
        build.enterprise(),
        build.enterprise(priority=True),
        build.enterprise(),
    )
    build.apply(first, used, 8000)
    build.decide(first)
    opens = moment(date(2020, 7, 6), 9)
    batch = build.batch(
        programme, amount=Decimal(12000), opens_at=opens, closes_at=opens + timedelta(hours=2)
    )
    for one in (used, plain, priority):
        build.apply(batch, one, 6000, in_flight=True)
    build.decide(batch)
    found = applicants_of(batch, opens + timedelta(days=5))
    by = {one.granted: one for one in found}
    assert set(by) == {6000, 0}
    granted = list(real(batch, found).granted.values())
    assert granted == [6000, 6000, 0] or sum(granted) == 12000
    order = [one.sequence for one in found]
    lower = try_out(Scenario("甲", Decimal(12000), Decimal(10000), ALL_CATEGORIES), found)
    assert [lower.granted[one] for one in order] == [2000, 4000, 6000]
    nobody_first = try_out(Scenario("乙", Decimal(12000), Decimal(20000), frozenset()), found)
    assert [nobody_first.granted[one] for one in order] == [6000, 6000, 0]
    more = try_out(Scenario("丙", Decimal(50000), Decimal(90000), ALL_CATEGORIES), found)
    assert more.total == 18000, "nobody asks for more because there is more"


@pytest.mark.rule("B3", "E7")
def test_the_same_rules_give_the_same_whatever_came_later():
    programme = build.programme(waiting_list=True)
    first = build.batch(programme, amount=Decimal(5000))
    early, late = build.enterprise(), build.enterprise()
    build.apply(first, early, 15000)
    build.decide(first)
    opens = moment(date(2020, 7, 6), 9)
    batch = build.batch(
        programme, amount=Decimal(15000), opens_at=opens, closes_at=opens + timedelta(hours=2)
    )
    build.apply(batch, early, 15000, in_flight=True)
    build.apply(batch, late, 9000, in_flight=True)
    build.decide(batch)
    ranked = dict(
        Allocation.objects.filter(application__batch=batch).values_list("application", "granted")
    )
    # Since then: a roster that would have put the last first, and more from the earlier batch.
    PriorityEntry.objects.create(
        city=programme.city,
        year=programme.year,
        category=PriorityCategory.KEY_SMALL,
        credit_code=late.credit_code,
        name=late.name,
    )
    Voucher.objects.filter(batch=first).update(amount=15000, free=15000)
    same = Scenario("同样", batch.amount, programme.enterprise_cap, ALL_CATEGORIES)
    assert try_out(same, applicants_of(batch, LATER)).granted == ranked


def test_before_ranking_nothing_is_called_real_and_a_cap_needs_an_amount(client):
    batch = filled(5)
    client.force_login(build.account(Role.BUREAU))
    address = reverse("dashboards:what-if")
    with time_machine.travel(build.CLOSES + timedelta(minutes=1), tick=False):
        page = client.get(address, {"batch": batch.pk, "a_amount": "2000"}).content.decode()
        half = client.get(address, {"batch": batch.pk, "a_amount": "2000", "b_cap": "500"})
    assert "按现行规则" in page and ">实际<" not in page
    assert "填写了年度限额，还须填写发放金额" in half.content.decode()


@pytest.mark.rule("N3")
def test_the_page_compares_and_writes_nothing(client):
    batch = filled(9)
    build.decide(batch)
    client.force_login(build.account(Role.BUREAU))
    address = reverse("dashboards:what-if")
    asked = {"batch": batch.pk, "a_amount": "2000", "b_amount": "900000", "b_cap": "500"}
    with time_machine.travel(LATER, tick=False):
        assert "如果换一种规则" in client.get(address).content.decode()
        with CaptureQueriesContext(
            connection,
        ) as seen:
            page = client.get(address, asked).content.decode()
        wrong = client.get(address, {"batch": batch.pk}).content.decode()
        bad = client.get(address, {"batch": "x", "a_amount": "-1"}).content.decode()
        book = load_workbook(BytesIO(client.get(address, {**asked, "excel": "1"}).content))
    assert [sheet.title for sheet in book] == [
        "各方案对比",
        "各方案发放金额（按规模）",
        "各方案发放金额（按区）",
    ]
    assert [row[0].value for row in book.worksheets[0].rows][1:] == ["实际", "方案甲", "方案乙"]
    assert "方案甲" in page and "方案乙" in page and not inline_parts(page)
    assert 'data-value="2000.00"' in page
    assert not [q for q in seen if q["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert "请至少填写一个方案的发放金额" in wrong
    assert "field__error" in bad


@pytest.mark.rule("B7")
def test_only_the_bureau_of_the_city_may_try(client):
    batch = filled(3)
    for role in (Role.DISTRICT, Role.PROVINCE, Role.CONTRACTOR):
        client.force_login(build.account(role))
        assert client.get(reverse("dashboards:what-if")).status_code == 404
    client.force_login(build.account(Role.BUREAU))
    with time_machine.travel(build.OPENS, tick=False):
        page = client.get(reverse("dashboards:what-if"))
    assert str(batch) not in page.content.decode(), "an open batch is not complete"
