"""Dashboards: their figures, their reach, and the lists behind the numbers (N3, rulebook section 1)."""

from __future__ import annotations

import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from dashboards import figures
from dashboards.groupings import GROUPINGS
from dashboards.models import EnterpriseFigures, Snapshot, VoucherFigures
from dashboards.operations.refreshing import refresh_figures
from dashboards.provider_figures import all_providers
from dashboards.reach import Reach
from dashboards.reconciliation import breaks
from dashboards.service_figures import categories as categories_of
from dashboards.tasks import refresh_dashboards
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.moments import local_day, moment
from foundation.regions.models import City, District
from foundation.rosters.models import BlacklistEntry
from tests import build
from tests.markup import inline_parts
from tests.orders import build as orders
from vouchers.models import LedgerEntry
from vouchers.operations.ledger import MOVES, PLACES

pytestmark = pytest.mark.django_db
LISTS = ["enterprises", "applications", "vouchers", "orders", "entries"]
PAGES = ["home", "money", "services", "wall", *LISTS]


@pytest.fixture
def two_districts():
    tianhe, panyu = (District.objects.get(name=name) for name in ("天河区", "番禺区"))
    batch = build.batch()
    here = build.enterprise(district=tianhe, name="天河甲公司")
    there = build.enterprise(district=panyu, name="番禺乙公司")
    build.apply(batch, here, 20000)
    build.apply(batch, there, 10000)
    build.decide(batch)
    refresh_figures(at=build.RESULTS, programme=batch.programme)
    return batch.programme, tianhe, here, there


def whole(programme) -> Reach:
    return Reach(programme.year, (programme,), programme)


def cells(table) -> dict[str, list]:
    return {line.label: list(line.values) for line in table.lines}


@pytest.mark.rule("N3")
def test_the_funnel_adds_up(two_districts):
    programme, *_rest = two_districts
    table = figures.funnel(whole(programme), GROUPINGS["district"])
    assert cells(table) == {"天河区": [1, 1, 1, 1, 0, 0, 0], "番禺区": [1, 1, 1, 1, 0, 0, 0]}
    assert list(table.total.values) == [2, 2, 2, 2, 0, 0, 0]
    for key in ("district", "size", "industry", "batch"):
        money = figures.money(whole(programme), GROUPINGS[key])
        assert money.total.values[1] == 30000, key


@pytest.mark.rule("N3", "V2")
def test_every_figure_of_money_equals_the_raw_ledger_entries(client):
    scene = orders.at_step("accept")
    programme = scene.order.voucher.batch.programme
    refresh_figures(at=orders.ACCEPTED, programme=programme)
    raw = dict.fromkeys(PLACES, Decimal(0))
    for entry in LedgerEntry.objects.all():
        source, target = MOVES[entry.kind]
        raw[target] += entry.amount
        if source:
            raw[source] -= entry.amount
    assert raw["paid"] > 0
    for key in ("district", "size", "industry", "batch"):
        table = figures.money(whole(programme), GROUPINGS[key])
        shown = dict(zip([c.key for c in table.columns], table.total.values, strict=True))
        assert {place: shown[place] for place in PLACES} == raw, key
    flows = figures.weeks(whole(programme)).total.values
    for index, kind in enumerate(("issue", "reserve", "pay", "settle", "return", "reclaim"), 1):
        assert flows[index] == sum(e.amount for e in LedgerEntry.objects.filter(kind=kind))
    categories = categories_of(whole(programme))
    assert categories.total.values[3] == raw["paid"] + raw["settled"]
    assert not list(breaks())


@pytest.mark.rule("N3", "V2")
def test_reconcile_names_a_figure_that_is_not_the_ledgers(two_districts):
    programme, *_rest = two_districts
    assert not list(breaks())
    row = VoucherFigures.objects.first()
    VoucherFigures.objects.filter(pk=row.pk).update(free=Decimal(1))
    found = [str(one) for one in breaks()]
    assert found and f"看板 方案 {programme.pk}" in found[0] and "未使用" in found[0]
    # Once the ledger has moved on, the figures are older than the books and no longer comparable.
    Snapshot.objects.update(entries=0)
    assert not list(breaks())


@pytest.mark.rule("N3")
def test_the_job_counts_what_is_older_than_five_minutes_and_in_force():
    programme = build.programme()
    assert refresh_dashboards(build.OPENS) == 1
    assert refresh_dashboards(build.OPENS + timedelta(minutes=4)) == 0
    assert refresh_dashboards(build.OPENS + timedelta(minutes=5)) == 1
    assert refresh_dashboards(build.OPENS + timedelta(days=800)) == 0
    assert Snapshot.objects.get(programme=programme).taken_at == build.OPENS + timedelta(minutes=5)


@pytest.mark.rule("N3", "E5")
def test_one_who_is_barred_now_is_not_counted_as_eligible(two_districts):
    programme, _tianhe, here, _there = two_districts
    day = local_day(build.RESULTS)
    BlacklistEntry.objects.create(credit_code=here.credit_code, listed_on=day)
    for at, eligible in ((build.RESULTS - timedelta(days=1), 2), (build.RESULTS, 1)):
        refresh_figures(at=at, programme=programme)
        table = figures.funnel(whole(programme), GROUPINGS["size"])
        assert table.total.values[1] == eligible


@pytest.mark.rule("N3")
def test_an_enterprise_that_applied_twice_is_counted_once(two_districts):
    programme, _tianhe, _here, there = two_districts
    build.apply(build.batch(programme), there, 100)
    refresh_figures(at=build.OPENS, programme=programme)
    assert figures.funnel(whole(programme), GROUPINGS["district"]).total.values[2] == 2


@pytest.mark.rule("N3")
@pytest.mark.parametrize("page", PAGES)
def test_a_district_sees_its_own_enterprises_only_also_by_subtraction(client, two_districts, page):
    _programme, tianhe, here, there = two_districts
    client.force_login(build.account(Role.DISTRICT, district=tianhe))
    text = client.get(reverse(f"dashboards:{page}")).content.decode()
    assert "番禺" not in text and there.name not in text and there.credit_code not in text
    # Neither the other district's sum nor the sum of both, from which it would follow.
    for hidden in ("10,000", "30,000", 'data-value="10000.00"', 'data-value="30000.00"'):
        assert hidden not in text
    if page in ("home", "money", "wall"):
        assert "20,000" in text
    if page == "enterprises":
        assert here.name in text


@pytest.mark.rule("N3")
def test_a_district_cannot_ask_a_list_for_another_district(client, two_districts):
    _programme, tianhe, _here, there = two_districts
    other = there.profiles.get().district_id
    client.force_login(build.account(Role.DISTRICT, district=tianhe))
    for name in ("enterprises", "vouchers", "orders"):
        address = reverse(f"dashboards:{name}") + f"?district={other}"
        assert there.name not in client.get(address).content.decode()
        book = load_workbook(
            BytesIO(
                client.get(reverse("dashboards:export", args=[name]) + f"?district={other}").content
            )
        )
        assert there.name not in str([[c.value for c in row] for row in book.active.rows])


@pytest.mark.rule("N3")
def test_every_number_leads_to_as_many_rows(client, two_districts):
    client.force_login(build.account(Role.BUREAU))
    counted = r'<a href="(/dashboard/(?:enterprises|applications)/[^"]+)">([\d,]+)</a>'
    for page in ("home", "money"):
        text = client.get(reverse(f"dashboards:{page}")).content.decode()
        links = re.findall(counted, text)
        assert links or page == "money"
        for link, number in links:
            if number == "30,000":  # yuan applied for
                continue
            table = client.get(link.replace("&amp;", "&")).context["table"]
            assert len(table.lines) == int(number.replace(",", "")), link
        for link in re.findall(r'href="(/dashboard/vouchers/[^"]+)"', text):
            assert client.get(link.replace("&amp;", "&")).status_code == 200


@pytest.mark.rule("N3", "V2")
def test_every_figure_of_a_week_is_the_sum_of_the_list_behind_it(client):
    scene = orders.at_step("accept")
    programme = scene.order.voucher.batch.programme
    refresh_figures(at=orders.ACCEPTED, programme=programme)
    client.force_login(build.account(Role.BUREAU))
    table = figures.weeks(whole(programme))
    assert len(table.lines) > 1
    for line in (*table.lines, table.total):
        for column, value, link in zip(table.columns, line.values, line.links, strict=True):
            listed = client.get(link).context["table"].lines
            if column.key == "applications":
                assert len(listed) == value, link
            else:
                assert sum((row.values[3] for row in listed), Decimal(0)) == value, link


@pytest.mark.rule("N3")
def test_the_pages_of_a_list_hold_every_row_once_and_in_order(client, monkeypatch):
    monkeypatch.setattr("dashboards.views.pages.ROWS_PER_PAGE", 2)
    batch = build.batch()
    for _ in range(5):
        build.apply(batch, build.enterprise())
    build.decide(batch)
    client.force_login(build.account(Role.BUREAU))
    for name in ("enterprises", "applications", "vouchers", "entries"):
        pages, address = [], f"/dashboard/{name}/?page=1"
        while address:
            answer = client.get(address)
            pages.append([line.label for line in answer.context["table"].lines])
            following = re.search(r'rel="next" href="([^"]+)"', answer.content.decode())
            address = (
                following and f"{answer.request['PATH_INFO']}{following[1].replace('&amp;', '&')}"
            )
        assert [len(page) for page in pages] == [2, 2, 1], name
        listed = [label for page in pages for label in page]
        assert len(set(listed)) == 5
        if name != "enterprises":
            assert listed == sorted(listed, reverse=True), name


def test_an_export_keeps_the_time_of_day(client, two_districts):
    client.force_login(build.account(Role.BUREAU))
    answer = client.get("/dashboard/applications.xlsx")
    column = list(load_workbook(BytesIO(answer.content)).worksheets[0].columns)[5]
    assert [cell.value.hour for cell in column[1:]] == [15, 15]
    assert {cell.number_format for cell in column[1:]} == {"yyyy-mm-dd hh:mm"}


@pytest.mark.rule("N3")
def test_the_total_of_services_leads_to_its_orders(client):
    scene = orders.at_step("accept")
    refresh_figures(at=orders.ACCEPTED, programme=scene.programme)
    client.force_login(build.account(Role.BUREAU))
    total = categories_of(whole(scene.programme)).total
    assert [len(client.get(link).context["table"].lines) for link in total.links] == [1] * 5


def test_a_long_export_says_that_there_is_more(client, two_districts, monkeypatch):
    monkeypatch.setattr("dashboards.exports.ROWS_MAX", 1)
    client.force_login(build.account(Role.BUREAU))
    answer = client.get("/dashboard/vouchers.xlsx")
    rows = [row[0].value for row in load_workbook(BytesIO(answer.content)).worksheets[0].rows]
    assert len(rows) == 3 and rows[2].startswith("以上为前 1 条")
    assert AuditEntry.objects.get(action="export_list").details["rows"] == 1


@pytest.mark.parametrize("week", ["9999-12-31", "0001-01-01", "2020-13-01"])
def test_a_week_beyond_the_calendar_is_no_error(client, two_districts, week):
    client.force_login(build.account(Role.BUREAU))
    for name in ("applications", "entries"):
        assert client.get(f"/dashboard/{name}/?week={week}").status_code == 200
        assert client.get(f"/dashboard/{name}.xlsx?week={week}").status_code == 200


@pytest.mark.rule("N3")
def test_a_former_years_figures_follow_a_late_settlement():
    scene = orders.at_step("accept")
    late = moment(date(2022, 1, 2), 9)
    assert refresh_dashboards(late - timedelta(days=2)) == 1
    assert refresh_dashboards(late) == 0, "nothing has moved"
    scene.claim(at=late)
    scene.settle(at=late + timedelta(hours=1))
    assert refresh_dashboards(late + timedelta(hours=2)) == 1
    settled = sum(VoucherFigures.objects.values_list("settled", flat=True))
    assert settled == scene.fresh().settled > 0


@pytest.mark.rule("N3")
def test_a_share_leads_to_the_vouchers_it_counts(client):
    scene = orders.at_step("accept")
    programme = scene.order.voucher.batch.programme
    refresh_figures(at=orders.ACCEPTED, programme=programme)
    client.force_login(build.account(Role.BUREAU))
    table = figures.comparison(whole(programme), GROUPINGS["district"])
    for line in table.lines:
        for share, link in zip(line.values, line.links, strict=True):
            assert bool(client.get(link).context["table"].lines) == bool(share), link


@pytest.mark.rule("N3")
def test_another_citys_programme_is_404_and_the_province_sees_all(client, two_districts):
    programme, *_rest = two_districts
    address = reverse("dashboards:home") + f"?programme={programme.pk}"
    client.force_login(build.account(Role.BUREAU, of=City.objects.get(slug="zhuhai")))
    assert client.get(address).status_code == 404
    assert "还没有年度方案" in client.get(reverse("dashboards:home")).content.decode()
    client.force_login(build.account(Role.PROVINCE))
    assert client.get(address).status_code == 200
    page = client.get(reverse("dashboards:home")).content.decode()
    assert "全省" in page and "广州市" in page and "30,000" in page
    assert client.get(reverse("dashboards:home") + "?year=1999").status_code == 404
    assert client.get(reverse("dashboards:home") + "?year=x").status_code == 404


@pytest.mark.rule("N3")
@pytest.mark.parametrize("role", [Role.ENTERPRISE, Role.PROVIDER, Role.CONTRACTOR, Role.EXPERT])
def test_dashboards_are_for_officials(client, role):
    client.force_login(build.account(role))
    for page in PAGES:
        assert client.get(reverse(f"dashboards:{page}")).status_code == 404


EXPORTS = ["funnel-district", "funnel-size", "funnel-industry", "money-batch", "money-district"]
EXPORTS += ["batches", "money-size", "to-lapse", "weeks", "categories", "comparison", "providers"]
EXPORTS += LISTS
EXPORTS += ["calls-lapsing", "calls-not-registered", "calls-not-applied"]


@pytest.mark.rule("N3")
@pytest.mark.parametrize("table", EXPORTS)
def test_every_table_exports_to_excel(client, two_districts, table):
    client.force_login(build.account(Role.BUREAU))
    response = client.get(reverse("dashboards:export", args=[table]))
    assert load_workbook(BytesIO(response.content)).worksheets[0].max_row >= 1
    for unknown in ("nothing", "calls-nothing", "funnel-nothing"):
        assert client.get(reverse("dashboards:export", args=[unknown])).status_code == 404


@pytest.mark.rule("N3")
def test_figures_are_never_shown_without_their_time(client, two_districts):
    client.force_login(build.account(Role.BUREAU))
    for page in ("home", "money", "services", "wall"):
        assert "2020年6月29日 09:00" in client.get(reverse(f"dashboards:{page}")).content.decode()
    book = load_workbook(BytesIO(client.get(reverse("dashboards:export", args=["weeks"])).content))
    assert book["说明"]["B3"].value == "2020年6月29日 09:00"
    Snapshot.objects.all().delete()
    page = client.get(reverse("dashboards:home")).content.decode()
    assert "数据尚未汇总" in page and "20,000" not in page


@pytest.mark.rule("N3")
def test_pages_work_without_scripts_and_hold_nothing_inline(client, two_districts):
    client.force_login(build.account(Role.BUREAU))
    for page in PAGES:
        text = client.get(reverse(f"dashboards:{page}")).content.decode()
        assert not inline_parts(text)
        for table in re.findall(r'data-table="([^"]+)"', text):
            assert f'id="{table}"' in text, "a chart has its table"


@pytest.mark.rule("N3")
@pytest.mark.parametrize("page", PAGES)
def test_the_number_of_queries_does_not_grow(
    client, two_districts, page, django_assert_max_num_queries
):
    programme, *_rest = two_districts
    client.force_login(build.account(Role.BUREAU))
    address = reverse(f"dashboards:{page}")
    client.get(address)
    with django_assert_max_num_queries(20) as few:
        client.get(address)
    batch = build.batch(programme)
    panyu = District.objects.get(name="番禺区")
    for industry in ("retail", "wholesale", "post", "catering"):
        build.apply(batch, build.enterprise(district=panyu, industry=industry), 1000)
    build.decide(batch)
    refresh_figures(at=build.RESULTS, programme=programme)
    assert EnterpriseFigures.objects.count() > 4
    with django_assert_max_num_queries(len(few.captured_queries)):
        client.get(address)


@pytest.mark.rule("N3")
def test_the_wall_asks_for_itself_anew(client, two_districts):
    client.force_login(build.account(Role.BUREAU))
    with time_machine.travel(build.RESULTS, tick=False):
        page = client.get(reverse("dashboards:wall")).content.decode()
    assert '<meta http-equiv="refresh" content="60">' in page


@pytest.mark.rule("P7")
def test_a_raised_cap_shows_before_the_next_order():
    scene = orders.scene(provider_cap=Decimal(12000))
    scene.place(5000)
    scene.programme.provider_cap = Decimal(15000)
    scene.programme.save()
    refresh_figures(at=orders.PLACED, programme=scene.programme)
    table = all_providers(whole(scene.programme))
    shown = dict(zip((column.key for column in table.columns), table.lines[0].values, strict=True))
    assert (shown["cap"], shown["left"]) == (15000, 10000)
