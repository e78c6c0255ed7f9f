"""Call lists of the district: whom to call, numbers on record, and what came of it (N3, F5)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
import time_machine
from django.urls import reverse
from openpyxl import load_workbook

from dashboards.models import CallRecord
from enterprises.models import Profile, Qualification
from foundation.accounts.models import Role
from foundation.audit.models import AuditEntry
from foundation.moments import moment
from foundation.regions.models import District
from foundation.rosters.models import PriorityEntry
from tests import build
from tests.markup import inline_parts
from tests.orders import build as orders
from vouchers.models import Batch

pytestmark = [pytest.mark.django_db, pytest.mark.rule("N3")]
# Within 14 days of the end of the usage window of a batch that closed on 2020-06-28.
SOON = moment(date(2020, 7, 20), 10)


@pytest.fixture
def districts():
    return [District.objects.get(name=name) for name in ("天河区", "番禺区")]


@pytest.fixture
def holders(districts):
    """One holder in each district."""
    batch = build.batch()
    made = [build.enterprise(district=one, name=f"{one.name}持券公司") for one in districts]
    for one in made:
        build.apply(batch, one, 20000)
    build.decide(batch)
    return made


def official(district):
    return build.account(Role.DISTRICT, district=district)


def look(client, name, at, method="get", **data):
    with time_machine.travel(at, tick=False):
        address = reverse("dashboards:calls", args=[name])
        return getattr(client, method)(address, data) if data else client.get(address)


def test_vouchers_that_lapse_within_fourteen_days(client, districts, holders):
    client.force_login(official(districts[0]))
    page = look(client, "lapsing", SOON).content.decode()
    assert "天河区持券公司" in page and "番禺区持券公司" not in page
    assert "138****0000" in page and "13800000000" not in page
    assert not inline_parts(page)
    ends = Batch.objects.get().usage_ends_at
    for at, is_listed in (
        (ends - timedelta(days=14) - timedelta(microseconds=1), False),
        (ends - timedelta(days=14), True),
        (ends, True),
        (ends + timedelta(microseconds=1), False),
    ):
        assert ("天河区持券公司" in look(client, "lapsing", at).content.decode()) is is_listed


def test_eligible_ones_that_have_not_applied_to_the_open_batch(client, districts):
    here, other = (build.enterprise(district=one, name=f"{one.name}公司") for one in districts)
    client.force_login(official(districts[0]))
    assert "天河区公司" not in look(client, "not-applied", build.OPENS).content.decode()
    batch = build.batch()
    page = look(client, "not-applied", build.OPENS).content.decode()
    assert "天河区公司" in page and "番禺区公司" not in page
    build.apply(batch, here, 100)
    assert "天河区公司" not in look(client, "not-applied", build.OPENS).content.decode()
    assert other.name not in page


def test_rostered_ones_that_have_not_registered(client, districts):
    programme = build.programme()
    codes = {
        "天河登记": "91440106000000001A",
        "番禺登记": "91440113000000002B",
        "市级登记": "91440101000000003C",
    }
    for name, code in codes.items():
        PriorityEntry.objects.create(
            city=programme.city, year=2020, category="key_small", credit_code=code, name=name
        )
    assert {one.code for one in districts} == {"440106", "440113"}
    registered = build.enterprise(priority=True, name="已注册公司")
    client.force_login(official(districts[0]))
    page = look(client, "not-registered", build.OPENS).content.decode()
    assert "天河登记" in page and "市级登记" in page
    assert "番禺登记" not in page and registered.name not in page
    client.force_login(build.account(Role.BUREAU))
    assert "番禺登记" in look(client, "not-registered", build.OPENS).content.decode()


@pytest.mark.rule("F5")
def test_a_number_in_clear_is_an_act_on_record(client, districts, holders):
    here, there = holders
    user = official(districts[0])
    client.force_login(user)
    address = reverse("dashboards:handler", args=["lapsing"])
    with time_machine.travel(SOON, tick=False):
        led = client.get(address)
        assert led.status_code == 302 and "/handler/" not in led.url
        response = client.post(address, {"credit_code": here.credit_code})
        assert "13800000000" in response.content.decode()
        assert "no-store" in response["Cache-Control"]
        entry = AuditEntry.objects.get(action="reveal_handler")
        assert (entry.actor, entry.subject_id) == (user, here.pk)
        assert "138" not in str(entry.details)
        assert client.post(address, {"credit_code": there.credit_code}).status_code == 404
        assert client.post(address, {}).status_code == 302, "nobody chosen"
    assert AuditEntry.objects.filter(action="reveal_handler").count() == 1


def test_a_number_in_clear_asks_for_a_recent_proof(client, districts, holders, settings):
    settings.PROOF_MINUTES = 15
    client.force_login(official(districts[0]))
    address = reverse("dashboards:handler", args=["lapsing"])
    with time_machine.travel(SOON, tick=False):
        response = client.post(address, {"credit_code": holders[0].credit_code})
    assert response.status_code == 302
    assert response["Location"].startswith("/login/again/?next=%2Fdashboard%2Fcalls%2Flapsing%2F")
    assert not AuditEntry.objects.filter(action="reveal_handler").exists()


def test_a_call_is_marked_with_its_note(client, districts, holders):
    here, there = holders
    client.force_login(official(districts[0]))
    for code, status in ((here.credit_code, 302), (there.credit_code, 404)):
        response = look(client, "lapsing", SOON, "post", credit_code=code, note="已告知，下周下单")
        assert response.status_code == status
    record = CallRecord.objects.get()
    assert (record.credit_code, record.note, record.called_at) == (
        here.credit_code,
        "已告知，下周下单",
        SOON,
    )
    page = look(client, "lapsing", SOON).content.decode()
    assert "已告知，下周下单" in page
    for called, is_listed in (("yes", True), ("no", False)):
        found = look(client, "lapsing", SOON, called=called).content.decode()
        assert ("天河区持券公司" in found) is is_listed
    client.force_login(official(districts[1]))
    assert "已告知" not in look(client, "lapsing", SOON).content.decode()


@pytest.mark.rule("F5")
@pytest.mark.parametrize("note", ["打 13800000000", "138-0000-0000 已接", "440101198001011234"])
def test_a_note_holds_no_number(client, districts, holders, note):
    client.force_login(official(districts[0]))
    code = holders[0].credit_code
    response = look(client, "lapsing", SOON, "post", credit_code=code, note=note)
    assert "请不要写电话" in response.content.decode()
    assert note in response.content.decode(), "nothing typed is lost"
    assert not CallRecord.objects.exists()


@pytest.mark.rule("F5")
def test_a_list_that_is_taken_along_is_on_record(client, districts, holders):
    """Names of handlers leave the portal by the hundred: who took them, and how many, as at the desk."""
    client.force_login(official(districts[0]))
    with time_machine.travel(SOON, tick=False):
        for name in ("calls-lapsing", "enterprises"):
            export = reverse("dashboards:export", args=[name])
            assert client.get(export, {"text": "天河区", "size": "micro"}).status_code == 200
        client.get(reverse("dashboards:export", args=["funnel-size"]))
    taken = AuditEntry.objects.filter(action="export_list").order_by("pk")
    assert [one.details["list"] for one in taken] == [
        "dashboards.calls-lapsing",
        "dashboards.enterprises",
    ]
    assert taken[0].details["rows"] == 1
    assert taken[0].details["searched"]
    assert "天河" not in str(taken[0].details)


def test_the_province_calls_nobody(client, holders):
    client.force_login(build.account(Role.PROVINCE))
    programme = Batch.objects.get().programme
    for name in ("calls", "handler"):
        address = reverse(f"dashboards:{name}", args=["lapsing"]) + f"?programme={programme.pk}"
        assert client.post(address).status_code == 404
    export = reverse("dashboards:export", args=["calls-lapsing"])
    assert client.get(f"{export}?programme={programme.pk}").status_code == 404


def test_a_payment_that_is_not_made_lapses_at_expiry(client, districts):
    scene = orders.at_step("agree")
    client.force_login(build.account(Role.BUREAU))
    expires = scene.order.voucher.batch.expires_at
    page = look(client, "lapsing", expires - timedelta(days=3)).content.decode()
    assert "已下单未支付" in page
    assert Decimal(scene.order.reserved) > 0


def listed(client, name, at):
    """Name, reason and amount of each line of a call list."""
    return [(one.name, one.why, one.amount) for one in look(client, name, at).context["calls"]]


@pytest.mark.rule("V4")
def test_an_order_without_a_contract_lapses_with_the_window(client):
    scene = orders.scene()
    scene.place(5000)
    scene.confirm()
    client.force_login(build.account(Role.BUREAU))
    free = scene.fresh().voucher.free
    assert listed(client, "lapsing", SOON) == [
        (scene.enterprise.name, "未下单、未签合同", free + 5000)
    ]
    scene.upload(at=SOON)
    assert listed(client, "lapsing", SOON) == [(scene.enterprise.name, "未下单", free)]


@pytest.mark.rule("V4", "V5")
def test_after_the_window_the_date_is_never_a_past_one(client):
    scene = orders.at_step("agree")
    batch = scene.fresh().voucher.batch
    client.force_login(build.account(Role.BUREAU))
    at = batch.expires_at - timedelta(days=3)
    (line,) = look(client, "lapsing", at).context["calls"]
    assert (line.why, line.until) == ("已下单未支付", batch.expires_at)


@pytest.mark.rule("F5")
def test_one_who_moved_is_called_by_the_new_district_at_the_new_number(client, districts, holders):
    here, there = districts
    profile = Profile.objects.get(enterprise=holders[0])
    profile.pk, profile.version, profile._state.adding = None, profile.version + 1, True
    profile.district, profile.handler_mobile = there, "13911112222"
    profile.save()
    Qualification.objects.filter(enterprise=holders[0]).update(profile=profile)
    asked = {"credit_code": holders[0].credit_code}
    client.force_login(official(here))
    assert holders[0].name not in look(client, "lapsing", SOON).content.decode()
    address = reverse("dashboards:handler", args=["lapsing"])
    with time_machine.travel(SOON, tick=False):
        assert client.post(address, asked).status_code == 404
        client.force_login(official(there))
        assert "13911112222" in client.post(address, asked).content.decode()
        led = client.get(f"{address}?called=no")
    assert led.status_code == 302 and led.url.endswith("/dashboard/calls/lapsing/?called=no")


@pytest.mark.rule("B3")
def test_one_whose_allowance_is_used_up_need_not_apply(client, districts, holders):
    opens = build.RESULTS + timedelta(days=5)
    build.batch(
        holders[0].allowances.get().programme, opens_at=opens, closes_at=opens + timedelta(hours=2)
    )
    client.force_login(build.account(Role.BUREAU))
    assert listed(client, "not-applied", opens) == []
    fresh = build.enterprise()
    assert [name for name, *_ in listed(client, "not-applied", opens)] == [fresh.name]


@pytest.mark.parametrize(
    ("note", "is_kept"),
    [("2020-07-28 前下单", True), ("2020年7月28日前", True), ("138.0013.8000", False)],
)
def test_a_day_is_no_number_and_dots_do_not_hide_one(client, districts, holders, note, is_kept):
    client.force_login(official(districts[0]))
    look(client, "lapsing", SOON, "post", credit_code=holders[0].credit_code, note=note)
    assert CallRecord.objects.exists() is is_kept


@pytest.mark.rule("F5")
def test_an_export_follows_the_filter_and_says_of_when_it_is(client, districts, holders):
    client.force_login(build.account(Role.BUREAU))
    look(client, "lapsing", SOON, "post", credit_code=holders[0].credit_code, note="")
    with time_machine.travel(SOON, tick=False):
        answer = client.get("/dashboard/calls-lapsing.xlsx?called=no")
    book = load_workbook(BytesIO(answer.content))
    assert [row[0].value for row in book.worksheets[0].rows][1:] == [holders[1].name]
    assert "2020年7月20日 10:00" in [row[1].value for row in book["说明"].rows]
