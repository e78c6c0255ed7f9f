"""The wallet, applying and giving back as the enterprise sees them (B2–B7, B9, V1–V6)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from foundation.moments import moment, spoken
from foundation.money import ZERO
from foundation.rosters.models import BlacklistEntry
from foundation.todos import todos_of
from tests import build
from tests.markup import inline_parts
from vouchers.models import Application, Voucher
from vouchers.operations.reclaiming import reclaim_batch, return_voucher
from vouchers.queries import results_shown_at
from vouchers.wallet import allowance_of, places_of, wallet_of

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def url(name: str, *args) -> str:
    return reverse(f"vouchers:{name}", args=args)


def text(response) -> str:
    return response.content.decode()


class Visit:
    """An enterprise at its browser at a moment."""

    def __init__(self, enterprise, at) -> None:
        self.client = Client()
        self.at = at
        with time_machine.travel(at, tick=False):
            self.client.force_login(enterprise.account)

    def get(self, path: str, at=None, **data):
        with time_machine.travel(at or self.at, tick=False):
            return self.client.get(path, data)

    def post(self, path: str, at=None, **data):
        with time_machine.travel(at or self.at, tick=False):
            return self.client.post(path, data)


@pytest.fixture
def voucher():
    """A voucher of 20,000 yuan, published on 2020-06-29."""
    return build.voucher()


IN_WINDOW = moment(date(2020, 7, 1), 10)


# --- where the money is -----------------------------------------------------------------------


@pytest.mark.rule("V2", "V4")
def test_the_places_are_the_whole_voucher_and_change_their_name_when_the_window_ends(voucher):
    places = places_of([voucher], IN_WINDOW)
    assert [(place.label, place.amount) for place in places] == [("可用", 20000)]
    over = places_of([voucher], voucher.batch.usage_ends_at + timedelta(microseconds=1))
    assert [place.label for place in over] == ["待收回"]
    voucher.free, voucher.paid, voucher.reclaimed = Decimal(5), Decimal(7), Decimal(19988)
    places = places_of([voucher], IN_WINDOW)
    assert sum(place.amount for place in places) == voucher.amount
    assert [place.start for place in places] == [0, 5, 12]


@pytest.mark.rule("B3", "V6")
def test_the_cap_is_told_as_it_is_counted(voucher):
    owner = build.actor(voucher.enterprise.account)
    return_voucher(by=owner, at=IN_WINDOW, voucher=voucher, amount=Decimal(3000))
    allowance = allowance_of(voucher.enterprise_id, voucher.batch.programme)
    assert (allowance.used, allowance.left) == (17000, 3000)
    page = text(Visit(voucher.enterprise, IN_WINDOW).get(url("wallet")))
    assert "17,000 元 / 20,000 元" in page and "主动退回 3,000 元" in page
    after = voucher.batch.usage_ends_at + timedelta(minutes=10)
    reclaim_batch(by=build.JOB, at=after, batch_pk=voucher.batch_id)
    page = text(Visit(voucher.enterprise, after).get(url("wallet")))
    # What the system took back still counts.
    assert "17,000 元 / 20,000 元" in page and "系统收回" in page


def test_a_year_without_a_programme_has_no_wallet():
    enterprise = build.enterprise()
    assert wallet_of(enterprise, IN_WINDOW) is None
    page = Visit(enterprise, IN_WINDOW).get("/enterprise/")
    assert "本年度方案尚未发布" in text(page)
    assert Visit(enterprise, IN_WINDOW).get(url("wallet")).status_code == 200


JANUARY = moment(date(2021, 1, 4), 10)


@pytest.fixture
def carried_over():
    """A voucher of 2020 that can be paid with until the end of February 2021."""
    return build.voucher(of=build.batch(valid_until=date(2021, 2, 28)))


@pytest.mark.rule("V5", "B3")
def test_after_new_year_the_home_still_shows_what_has_not_expired(carried_over):
    wallet = wallet_of(carried_over.enterprise, JANUARY)
    assert wallet is not None
    assert (wallet.amount, wallet.programme, wallet.allowance) == (20000, None, None)
    page = text(Visit(carried_over.enterprise, JANUARY).get("/enterprise/"))
    assert "20,000 元" in page and "本年度方案尚未发布" in page
    assert "年度限额已占用" not in page

    programme = build.programme(year=2021)
    wallet = wallet_of(carried_over.enterprise, JANUARY)
    assert (wallet.amount, wallet.programme, wallet.allowance.used) == (20000, programme, ZERO)
    page = text(Visit(carried_over.enterprise, JANUARY).get("/enterprise/"))
    assert "以前年度" in page and "2021 年度限额" in page


@pytest.mark.rule("V5")
def test_last_years_expired_vouchers_are_not_of_the_new_year(carried_over):
    after = carried_over.batch.expires_at
    assert wallet_of(carried_over.enterprise, after) is not None
    after += timedelta(microseconds=1)
    assert wallet_of(carried_over.enterprise, after) is None
    build.programme(year=2021)
    wallet = wallet_of(carried_over.enterprise, after)
    assert (wallet.amount, wallet.places) == (ZERO, [])


@pytest.mark.rule("V4")
def test_the_card_says_what_can_be_done_now(voucher):
    visit = Visit(voucher.enterprise, IN_WINDOW)
    page = text(visit.get(url("wallet")))
    assert "选择服务产品下单" in page and f"{url('voucher', voucher.pk)}#return" in page
    late = voucher.batch.expires_at + timedelta(days=1)
    page = text(Visit(voucher.enterprise, late).get(url("wallet")))
    assert "选择服务产品下单" not in page and "已用完、已过期的服务券" in page


@pytest.mark.rule("V2")
def test_the_ledger_is_told_in_words(voucher):
    owner = build.actor(voucher.enterprise.account)
    return_voucher(by=owner, at=IN_WINDOW, voucher=voucher, amount=Decimal(500))
    page = text(Visit(voucher.enterprise, IN_WINDOW).get(url("voucher", voucher.pk)))
    assert "获得服务券 20,000 元" in page and "主动退回 500 元，不占用年度额度" in page


def test_lists_cost_as_much_for_many_as_for_one():
    programme = build.programme(enterprise_cap=Decimal(200_000))
    enterprise, alone = build.enterprise(), build.enterprise()
    for number in range(4):
        batch = build.batch(programme)
        build.apply(batch, enterprise, 1000)
        if number == 0:
            build.apply(batch, alone, 1000)
        build.decide(batch)

    def queries(who, path) -> int:
        visit = Visit(who, IN_WINDOW)
        with CaptureQueriesContext(connection) as seen:
            assert visit.get(path).status_code == 200
        return len(seen)

    for path in (url("wallet"), url("applications"), "/enterprise/"):
        assert queries(enterprise, path) == queries(alone, path) <= 30, path


def test_applications_are_paged_and_filtered():
    programme = build.programme(enterprise_cap=Decimal(200_000))
    enterprise = build.enterprise()
    batches = [build.batch(programme) for _ in range(23)]
    for batch in batches:
        build.apply(batch, enterprise, 100)
    build.decide(batches[0])
    visit = Visit(enterprise, IN_WINDOW)
    page = visit.get(url("applications"))
    assert len(page.context["page_obj"]) == 20 and "共 23 条" in text(page)
    assert len(visit.get(url("applications"), page=2).context["page_obj"]) == 3
    for outcome, count in (("granted", 1), ("waiting", 22), ("none", 0), ("withdrawn", 0)):
        page = visit.get(url("applications"), outcome=outcome)
        assert page.context["page_obj"].paginator.count == count, outcome
    for bad in ({"page": "x"}, {"page": "99999"}, {"outcome": "'"}):
        assert visit.get(url("applications"), **bad).status_code == 200


@pytest.mark.rule("B7")
def test_the_filter_tells_nothing_before_publication():
    batch, enterprise = build.batch(), build.enterprise()
    build.apply(batch, enterprise)
    build.decide(batch, publish=False)
    visit = Visit(enterprise, batch.closes_at + timedelta(hours=1))
    for outcome, count in (("granted", 0), ("none", 0), ("waiting", 1)):
        page = visit.get(url("applications"), outcome=outcome)
        assert page.context["page_obj"].paginator.count == count
    page = visit.get(url("application", Application.objects.get().pk))
    assert not page.context["results"] and page.context["waiting"] is None
    assert "名" not in text(page).partition("<dl")[2].partition("</dl>")[0]


# --- what waits on the enterprise -------------------------------------------------------------


@pytest.mark.rule("N2")
def test_the_most_urgent_comes_first_over_all_apps(voucher):
    enterprise = voucher.enterprise
    later = build.batch(
        voucher.batch.programme,
        opens_at=IN_WINDOW - timedelta(hours=1),
        closes_at=IN_WINDOW + timedelta(hours=2),
        announced_at=IN_WINDOW - timedelta(days=1),
    )
    return_voucher(
        by=build.actor(enterprise.account), at=IN_WINDOW, voucher=voucher, amount=Decimal(1000)
    )
    found = todos_of(enterprise.account, IN_WINDOW)
    assert [todo.url for todo in found] == [url("apply", later.pk), url("voucher", voucher.pk)]
    assert [todo.until for todo in found] == [later.closes_at, voucher.batch.usage_ends_at]
    page = text(Visit(enterprise, IN_WINDOW).get("/enterprise/"))
    assert "还有这些事" in page and page.index("正在申领，按提交先后") < page.index("19,000 元可用")


@pytest.mark.rule("N2", "B4", "E5")
def test_nobody_is_sent_to_a_batch_that_would_refuse():
    batch = build.batch(amount=Decimal(20000))
    barred, second, third = (build.enterprise() for _ in range(3))
    BlacklistEntry.objects.create(
        credit_code=barred.credit_code, name=barred.name, listed_on=date(2020, 1, 1)
    )
    at = batch.opens_at

    def batches(party) -> list[str]:
        return [todo.url for todo in todos_of(party.account, at) if "apply" in todo.url]

    assert not batches(barred) and batches(second) == [url("apply", batch.pk)]
    build.apply(batch, second)
    assert not batches(second) and not batches(third)  # applied; full
    assert not batches(build.provider())


# --- applying ---------------------------------------------------------------------------------


@pytest.mark.rule("B2", "E5")
def test_conditions_are_ticked_or_crossed_with_the_way_to_mend_them():
    batch, enterprise = build.batch(), build.enterprise(passed=False)
    page = text(Visit(enterprise, batch.opens_at).get(url("apply", batch.pk)))
    assert "目前不能申领" in page and "提交申领</button>" not in page
    assert 'href="/enterprise/"' in page and "is-missing" in page and "is-met" in page


@pytest.mark.rule("B2")
def test_before_opening_the_form_can_be_filled_and_the_servers_clock_is_told():
    batch, enterprise = build.batch(), build.enterprise()
    early = batch.opens_at - SECOND
    visit = Visit(enterprise, early)
    page = text(visit.get(url("apply", batch.pk)))
    assert 'data-now="2020-06-28T14:59:59.000000+0800"' in page
    assert 'data-opens-at="2020-06-28T15:00:00+08:00"' in page
    assert "提交申领" in page and not inline_parts(page)
    # Without scripts the button works, and the server says that it is too early; what was typed stays.
    refused = text(visit.post(url("apply", batch.pk), amount="5000"))
    assert "尚未开始申领" in refused and 'value="5000"' in refused and "data-opens-at" in refused
    assert not Application.objects.exists()
    done = visit.post(url("apply", batch.pk), at=batch.opens_at, amount="5000")
    assert done["Location"] == url("application", Application.objects.get().pk)
    # A second press of the button says so and makes no second one.
    again = visit.post(url("apply", batch.pk), at=batch.opens_at, amount="5000")
    assert "已提交过申领" in text(again) and Application.objects.count() == 1


@pytest.mark.rule("B3")
def test_the_most_one_can_apply_for_is_on_the_step():
    programme = build.programme(enterprise_cap=Decimal(20050), application_step=Decimal(100))
    batch, enterprise = build.batch(programme), build.enterprise()
    page = Visit(enterprise, batch.opens_at).get(url("apply", batch.pk))
    assert page.context["most"] == 20000
    assert page.context["choices"] == [5000, 10000, 20000]
    build.apply(batch, enterprise, 20000)
    other = build.batch(programme)
    page = Visit(enterprise, other.opens_at).get(url("apply", other.pk))
    assert "额度已用完" in text(page) and "提交申领</button>" not in text(page)


@pytest.mark.parametrize("amount", ["", "abc", "NaN", "1e99", "-100", "0", "150", "30000"])
@pytest.mark.rule("B2")
def test_a_bad_amount_is_explained_at_the_field(amount):
    batch, enterprise = build.batch(), build.enterprise()
    page = Visit(enterprise, batch.opens_at).post(url("apply", batch.pk), amount=amount)
    assert page.status_code == 200 and page.context["form"].errors["amount"]
    assert not Application.objects.exists()


@pytest.mark.rule("B5")
def test_the_receipt_says_number_time_and_place_honestly():
    batch, enterprise = build.batch(), build.enterprise()
    at = batch.opens_at + timedelta(microseconds=123456)
    made = build.apply(batch, enterprise, 5000, at)
    page = text(Visit(enterprise, at).get(url("application", made.pk)))
    assert made.number in page and "2020-06-28 15:00:00.123456" in page
    assert "所以它不是名次" in page and "撤回申领" in page


@pytest.mark.rule("B4")
def test_withdrawing_is_confirmed_with_what_it_means():
    batch, enterprise = build.batch(), build.enterprise()
    made = build.apply(batch, enterprise, 5000)
    visit = Visit(enterprise, batch.opens_at + SECOND)
    page = text(visit.get(url("withdraw", made.pk)))
    assert f"顺序号 {made.pk} 作废" in page and "确认撤回" in page
    made.refresh_from_db()
    assert made.withdrawn_at is None
    done = visit.client
    with time_machine.travel(visit.at, tick=False):
        shown = text(done.post(url("withdraw", made.pk), follow=True))
    assert "申领已撤回" in shown and "再次申领" in shown
    late = Visit(enterprise, batch.closes_at + SECOND)
    assert late.get(url("withdraw", made.pk))["Location"] == url("application", made.pk)
    stranger = Visit(build.enterprise(), visit.at)
    assert stranger.get(url("withdraw", made.pk)).status_code == 404
    assert stranger.post(url("withdraw", made.pk)).status_code == 404


@pytest.mark.rule("B6")
def test_the_result_says_rank_tier_and_why():
    batch = build.batch(amount=Decimal(30000))
    first, half, late, barred = (build.enterprise() for _ in range(4))
    build.make_priority(half)
    for applicant in (first, late, barred, half):
        build.apply(batch, applicant, in_flight=True)
    BlacklistEntry.objects.create(
        credit_code=barred.credit_code, name=barred.name, listed_on=date(2020, 1, 1)
    )
    build.decide(batch)

    def page(enterprise) -> str:
        made = Application.objects.get(enterprise=enterprise)
        return text(Visit(enterprise, IN_WINDOW).get(url("application", made.pk)))

    assert "第 1 名" in page(half) and "优先档" in page(half) and "还剩 30,000 元" in page(half)
    assert "只剩 10,000 元" in page(first) and "部分获券" in page(first)
    assert "本批金额已发完" in page(late) and "递补" not in page(late)
    assert "列入失信联合惩戒名单" in page(barred)


@pytest.mark.rule("B9")
def test_the_place_in_the_waiting_list_is_told():
    batch = build.batch(build.programme(waiting_list=True), amount=Decimal(30000))
    first, half, third = (build.enterprise() for _ in range(3))
    for applicant in (first, half, third):
        build.apply(batch, applicant, in_flight=True)
    build.decide(batch)

    def place(enterprise, at=IN_WINDOW):
        made = Application.objects.get(enterprise=enterprise)
        return Visit(enterprise, at).get(url("application", made.pk)).context["waiting"]

    assert (place(first), place(half), place(third)) == (None, 1, 2)
    assert place(third, batch.usage_ends_at + SECOND) is None
    own = Voucher.objects.get(enterprise=half)
    return_voucher(by=build.actor(half.account), at=IN_WINDOW, voucher=own, amount=Decimal(100))
    # One who gave money of this batch back has left the line.
    assert (place(half), place(third)) == (None, 1)


# --- giving back ------------------------------------------------------------------------------


@pytest.mark.rule("V3", "B3")
def test_giving_back_shows_before_and_after_and_is_confirmed(voucher):
    visit = Visit(voucher.enterprise, IN_WINDOW)
    page = visit.post(url("voucher", voucher.pk), amount="3000")
    shown = text(page)
    assert "确认退回 3,000 元" in shown and "17,000 元" in shown
    assert (page.context["allowance"].left, page.context["left_after"]) == (ZERO, 3000)
    voucher.refresh_from_db()
    assert voucher.returned == ZERO
    done = visit.post(url("voucher", voucher.pk), amount="3000", understood="yes")
    assert done["Location"] == url("voucher", voucher.pk)
    voucher.refresh_from_db()
    assert (voucher.returned, voucher.free) == (3000, 17000)


@pytest.mark.rule("V3")
@pytest.mark.parametrize("understood", ["", "yes"])
@pytest.mark.parametrize("amount", ["", "x", "0", "-5", "20001", "NaN", "0.001"])
def test_a_bad_return_is_explained_at_the_field(voucher, amount, understood):
    page = Visit(voucher.enterprise, IN_WINDOW).post(
        url("voucher", voucher.pk), amount=amount, understood=understood
    )
    assert page.status_code == 200 and page.context["form"].errors["amount"]
    voucher.refresh_from_db()
    assert voucher.returned == ZERO


@pytest.mark.rule("V3", "V4")
def test_nothing_is_given_back_after_the_window(voucher):
    late = Visit(voucher.enterprise, voucher.batch.usage_ends_at + timedelta(microseconds=1))
    assert "主动退回</h2>" not in text(late.get(url("voucher", voucher.pk)))
    page = late.post(url("voucher", voucher.pk), amount="100")
    assert "使用期限已于" in text(page) and "确认退回 100 元" not in text(page)


def test_strangers_find_nothing(voucher):
    stranger = Visit(build.enterprise(), IN_WINDOW)
    for path in (url("voucher", voucher.pk), url("application", Application.objects.get().pk)):
        assert stranger.get(path).status_code == 404
    assert stranger.post(url("voucher", voucher.pk), amount="1").status_code == 404
    assert stranger.get(url("voucher", 10**17)).status_code == 404


def test_the_wallet_comes_to_the_home_page_by_settings():
    assert settings.WALLET_QUERY == "vouchers.wallet.wallet_of"


@pytest.mark.rule("B2", "N2")
def test_who_has_applied_is_told_so_and_not_asked_again():
    batch, enterprise = build.batch(), build.enterprise()
    application = build.apply(batch, enterprise, 9000)
    receipt = f'href="/vouchers/applications/{application.pk}/"'
    visit = Visit(enterprise, batch.opens_at)
    home = text(visit.get("/enterprise/"))
    assert f"第 {batch.number} 批已申领 9,000 元" in home and receipt in home
    results = spoken(results_shown_at(batch))
    assert f"已提交申领 9,000 元，无需再办理。结果将于 {results} 公布，届时通知您。" in home
    for address in ("/", f"/batches/{batch.pk}/"):
        page = text(visit.get(address))
        assert "您已申领 9,000 元" in page and receipt in page and "立即申领" not in page
