"""Dashboards and their reach (N3, rulebook section 1)."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from dashboards.queries import Reach, batch_figures, funnel, sum_of
from foundation.accounts.models import Role
from foundation.moments import local_day
from foundation.regions.models import City, District
from foundation.rosters.models import BlacklistEntry, PriorityEntry
from tests import build

pytestmark = pytest.mark.django_db


@pytest.fixture
def two_districts():
    tianhe, panyu = (District.objects.get(name=name) for name in ("天河区", "番禺区"))
    batch = build.batch()
    here, there = build.enterprise(district=tianhe), build.enterprise(district=panyu)
    build.apply(batch, here, 20000)
    build.apply(batch, there, 10000)
    build.decide(batch)
    return batch.programme, tianhe, here, there


@pytest.mark.rule("N3")
def test_the_funnel_adds_up(two_districts):
    programme, _tianhe, _here, _there = two_districts
    rows = funnel(Reach(programme, None), "district", build.RESULTS)
    assert sorted(
        (row.label, row.registered, row.eligible, row.applied, row.granted) for row in rows
    ) == [
        ("天河区", 1, 1, 1, 20000),
        ("番禺区", 1, 1, 1, 10000),
    ]
    assert sum_of(rows).granted == 30000
    assert batch_figures(Reach(programme, None))[0]["granted"] == 30000
    for grouping in ("size", "industry"):
        assert sum_of(funnel(Reach(programme, None), grouping, build.RESULTS)).granted == 30000


@pytest.mark.rule("N3", "E5")
def test_one_who_is_barred_now_is_not_counted_as_eligible(two_districts):
    programme, _tianhe, here, _there = two_districts
    day = local_day(build.RESULTS)
    BlacklistEntry.objects.create(credit_code=here.credit_code, listed_on=day)
    for at, eligible in ((build.RESULTS - timedelta(days=1), 2), (build.RESULTS, 1)):
        assert sum_of(funnel(Reach(programme, None), "size", at)).eligible == eligible


@pytest.mark.rule("N3")
def test_an_excel_file_has_every_line_of_a_long_table(client, two_districts, monkeypatch):
    monkeypatch.setattr("dashboards.views.SHOWN_MAX", 2)
    programme, *_rest = two_districts
    for _ in range(3):
        PriorityEntry.objects.create(
            city=programme.city,
            year=programme.year,
            category="key_small",
            credit_code=build.credit_code(),
        )
    client.force_login(build.account(Role.BUREAU))
    assert len(client.get(reverse("dashboards:home")).context["not_registered"]) == 2
    content = client.get(reverse("dashboards:export", args=["not-registered"])).content
    assert load_workbook(BytesIO(content)).active.max_row == 1 + 3


@pytest.mark.rule("N3")
def test_a_district_sees_its_own_enterprises_only(client, two_districts):
    _programme, tianhe, here, there = two_districts
    client.force_login(build.account(Role.DISTRICT, district=tianhe))
    page = client.get(reverse("dashboards:home")).content.decode()
    assert "20,000 元" in page and "10,000 元" not in page
    book = load_workbook(
        BytesIO(client.get(reverse("dashboards:export", args=["district"])).content)
    )
    assert [cell.value for cell in book.active["A"]] == ["区", "天河区", "合计"]
    assert here.name not in page and there.name not in page


@pytest.mark.rule("N3")
def test_another_citys_programme_is_404_and_the_province_sees_all(client, two_districts):
    programme, *_rest = two_districts
    address = reverse("dashboards:home") + f"?programme={programme.pk}"
    client.force_login(build.account(Role.BUREAU, of=City.objects.get(slug="zhuhai")))
    assert client.get(address).status_code == 404
    assert "还没有年度方案" in client.get(reverse("dashboards:home")).content.decode()
    client.force_login(build.account(Role.PROVINCE))
    assert client.get(address).status_code == 200


@pytest.mark.rule("N3")
@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.PROVIDER, Role.CONTRACTOR, Role.EXPERT])
def test_dashboards_are_for_officials(client, role):
    client.force_login(build.account(role))
    assert client.get(reverse("dashboards:home")).status_code == 404


@pytest.mark.rule("N3")
@pytest.mark.parametrize(
    "table", ["district", "size", "industry", "batches", "lapsing", "not-registered", "providers"]
)
def test_every_table_exports_to_excel(client, two_districts, table):
    client.force_login(build.account(Role.BUREAU))
    response = client.get(reverse("dashboards:export", args=[table]))
    assert load_workbook(BytesIO(response.content)).active.max_row >= 1
    assert client.get(reverse("dashboards:export", args=["nothing"])).status_code == 404


@pytest.mark.rule("N3")
def test_an_enterprise_that_applied_twice_is_counted_once(two_districts):
    programme, _tianhe, _here, there = two_districts
    build.apply(build.batch(programme), there, 100)
    rows = funnel(Reach(programme, None), "district", build.OPENS)
    assert sum_of(rows).applied == 2
