"""The lists of both sides: tabs, search, order by deadline, pages, a fixed number of queries; and bad papers."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from enterprises.models import Profile, Qualification
from foundation.audit.models import AuditEntry
from orders.models import Contract, Order, Payment
from orders.operations.placing import decline_order
from orders.queries.desk import TABS, counts_by_tab, listed_orders, tab_of
from orders.states import OrderState
from tests import build, scans
from tests.orders import build as orders
from tests.orders.browsing import contract_data, get, payment_data, post, text

pytestmark = pytest.mark.django_db


def numbers(user, key: str, at=orders.CONTRACTED, search: str = "") -> list[int]:
    return [one.pk for one in listed_orders(user, tab_of(user.role, key), at, search=search)]


def test_every_state_stands_in_one_tab_of_what_is_to_do():
    """Nothing that waits on a side is missing from its tabs."""
    for role, tabs in TABS.items():
        kept = [state for tab in tabs if not tab.due_soon for state in tab.states]
        assert len(kept) == len(set(kept)), role
    assert {state for tab in TABS["enterprise"] for state in tab.states} == set(OrderState.values)


def test_tabs_hold_and_count_what_they_say():
    scene = orders.scene(provider_cap=100000)
    placed = scene.place(100).pk
    confirmed = scene.place(100).pk
    scene.confirm()
    uploaded = scene.place(100).pk
    scene.confirm()
    scene.upload()
    seller, buyer = scene.seller.user, scene.buyer.user
    assert numbers(seller, "confirm") == [placed]
    assert numbers(seller, "contract") == [uploaded]
    assert numbers(buyer, "todo") == [confirmed]
    assert set(numbers(buyer, "waiting")) == {placed, uploaded}
    for user in (seller, buyer):
        for tab, count in counts_by_tab(user, orders.CONTRACTED):
            assert count == len(numbers(user, tab.key)), tab
    assert numbers(build.provider().account, "all") == []


@pytest.mark.rule("V4", "V5")
def test_what_lapses_first_comes_first_and_customers_due_soon_are_listed():
    scene = orders.scene(provider_cap=100000)
    contracted = scene.place(100).pk
    scene.confirm()
    scene.upload()
    scene.agree()
    returned = scene.place(100).pk
    scene.confirm()
    scene.upload(at=orders.WINDOW_ENDS)
    scene.send_back(at=orders.WINDOW_ENDS)
    confirmed = scene.place(100).pk
    scene.confirm()
    seller = scene.seller.user
    assert numbers(seller, "all") == [confirmed, returned, contracted]
    soon = orders.WINDOW_ENDS - timedelta(days=14)
    assert numbers(seller, "due", at=soon) == [confirmed]
    assert numbers(seller, "due", at=soon - orders.MICROSECOND) == []
    assert numbers(seller, "due", at=orders.EXPIRES) == [contracted]
    page = text(get(seller, soon + timedelta(days=3), "list"))
    assert "客户到期提醒" in page


def test_undated_orders_come_after_dated_ones_and_ended_ones_last_the_latest_first():
    scene = orders.scene(provider_cap=100000)
    declined = [scene.place(100).pk for _ in range(2)]
    for pk in declined:
        decline_order(
            by=scene.seller, at=orders.CONFIRMED, order=Order.objects.get(pk=pk), reason="排期已满"
        )
    placed = scene.place(100).pk
    paid = scene.place(1000).pk
    scene.confirm()
    scene.upload()
    scene.agree()
    scene.pay(1000, transfers=[scene.transfer(9000)])
    seller = scene.seller.user
    assert numbers(seller, "all") == [placed, paid, *reversed(declined)]
    late = orders.WINDOW_ENDS + orders.MICROSECOND
    assert numbers(seller, "all", at=late)[:2] == [paid, placed], "the clock has ended it"


def test_search_by_number_and_name():
    scene = orders.scene()
    order = scene.place(100)
    seller, buyer = scene.seller.user, scene.buyer.user
    for word in (order.number, order.number.lower(), str(order.pk), scene.enterprise.name[:6]):
        assert numbers(seller, "all", search=word) == [order.pk], word
    assert numbers(buyer, "all", search=scene.provider.name[:8]) == [order.pk]
    for word in ("DD", "DD99999999", "9" * 40, "%", "'", "不存在"):
        assert numbers(seller, "all", search=word) == []
    page = _list(seller, q="不存在")
    assert "没有找到符合的订单" in page
    assert "还没有订单" in _list(build.provider().account)
    assert "没有待办的订单" in _list(seller, tab="contract")


def _list(user, at=orders.PLACED, **query) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(user)
        answer = client.get(reverse("orders:list"), query)
        assert answer.status_code == 200
        return answer.content.decode()


def test_lists_take_the_same_number_of_queries_for_one_row_and_for_many():
    scene = orders.scene(provider_cap=100000)

    def step(place: int) -> None:
        scene.place(100)
        scene.confirm()
        scene.upload(at=orders.UPLOADED + timedelta(days=place))
        scene.send_back(at=orders.CONTRACTED + timedelta(days=place))

    def count(user) -> int:
        with time_machine.travel(orders.WINDOW_ENDS, tick=False):
            client = Client()
            client.force_login(user)
            client.get(reverse("orders:list"))
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(reverse("orders:list")).status_code == 200
            return len(queries)

    step(0)
    few = {user: count(user) for user in (scene.seller.user, scene.buyer.user)}
    for place in range(1, 15):
        step(place)
    many = {user: count(user) for user in few}
    assert many == few
    assert max(few.values()) < 16


def test_the_page_of_an_order_takes_a_bounded_number_of_queries():
    scene = orders.at_step("agree")
    papers = [scene.invoice(2000) for _ in range(9)], [scene.transfer(1500) for _ in range(9)]
    scene.pay(5000, invoices=papers[0], transfers=papers[1])
    with time_machine.travel(orders.PAID, tick=False):
        client = Client()
        client.force_login(scene.seller.user)
        client.get(reverse("orders:order", args=[scene.order.pk]))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("orders:order", args=[scene.order.pk]))
    assert len(queries) < 32, [query["sql"][:120] for query in queries]


# --- papers as nobody should send them ------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"invoice-TOTAL_FORMS": "200"}, "一次最多填写 9 行"),
        ({"invoice-TOTAL_FORMS": "-1"}, "请至少填写一张全额发票"),
        ({"invoice-TOTAL_FORMS": "abc"}, "页面内容不完整"),
        ({"transfer-TOTAL_FORMS": ""}, "页面内容不完整"),
        ({"invoice-0-total": "-10000"}, "金额应大于零"),
        ({"invoice-0-total": "9" * 30}, "金额过大"),
        ({"invoice-0-total": "1e5"}, "请填写正确的金额"),
        ({"amount": "5000.5"}, "用券金额应为大于零的整数元"),
        ({"amount": ""}, "必填"),
        ({"invoice-0-issued_on": "2020-13-45"}, "请填写正确的日期"),
        ({"invoice-0-issued_on": "2019-11-30"}, "服务期内"),
        ({"invoice-0-buyer": "别的公司"}, "购买方名称与注册名称"),
        ({"invoice-0-number": "x" * 31}, "30"),
        ({"invoice-0-code": "123"}, "发票代码应为 10 位或 12 位"),
        ({"invoice-0-code": ""}, "号码应为 20 位数字"),
        ({"transfer-0-receipt_number": "㏂" * 40}, "过长"),
        ({"transfer-0-kept": "9" * 30, "transfer-0-file": ""}, "请上传文件"),
        ({"transfer-0-kept": "1", "transfer-0-file": ""}, "没有上传文件"),
        ({"stars": "6"}, "6"),
        ({"stars": ""}, "请为服务机构评分"),
        ({"comment": " "}, "必填"),
    ],
)
@pytest.mark.rule("O5")
def test_bad_papers_are_answered_at_their_field(changes, said):
    scene = orders.at_step("agree")
    data = {**payment_data(scene), **changes}
    data = {name: value for name, value in data.items() if value != "" or not name.endswith("file")}
    page = text(post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data))
    assert said in page
    assert "field__error" in page
    assert "服务专业" in page or "comment" in changes, "what was typed stays"
    assert not Payment.objects.exists()


@pytest.mark.rule("O5")
def test_a_refusal_about_the_second_invoice_stands_at_the_second_invoice():
    scene = orders.at_step("agree")
    data = payment_data(scene, invoices=2)
    # A blank row between the two: the refusal counts filled rows, the page all of them.
    data["invoice-1-DELETE"] = "on"
    data |= {
        name.replace("-1-", "-2-"): value for name, value in data.items() if "invoice-1-" in name
    }
    data.pop("invoice-2-DELETE", None)
    data["invoice-2-file"] = scans.sent("发票.pdf")
    data["invoice-2-seller"] = "别的机构"
    page = text(post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data))
    assert 'id="id_invoice-2-seller_error"' in page
    assert "第 2 张发票的销售方名称" in page


@pytest.mark.rule("O7")
def test_a_correction_that_is_refused_comes_back_with_what_was_typed():
    scene = orders.in_state("payment_correction")
    data = payment_data(scene, **{"transfer-0-amount": "1"})
    page = text(post(scene.buyer.user, orders.PAID, "correction", scene.order.pk, **data))
    assert "少于企业应自付的" in page
    assert data["invoice-0-number"] in page
    assert 'name="stars"' not in page
    data = payment_data(scene, **{"invoice-0-seller": "别的机构"})
    page = text(post(scene.buyer.user, orders.PAID, "correction", scene.order.pk, **data))
    assert 'id="id_invoice-0-seller_error"' in page


def test_full_width_figures_and_numbers_are_taken():
    scene = orders.at_step("agree")
    data = payment_data(
        scene,
        **{
            "amount": "５０００",
            "invoice-0-total": "１０，０００．００",
            "invoice-0-number": "１２３４５６７８",
            "transfer-0-amount": "5,000元",
        },
    )
    answer = post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data)
    assert answer.status_code == 302
    payment = Payment.objects.get()
    assert (payment.amount, payment.invoices.get().number) == (Decimal(5000), "12345678")


def test_a_second_click_is_told_and_changes_nothing():
    scene = orders.at_step("agree")
    data = payment_data(scene)
    assert post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data).status_code == 302
    again = payment_data(scene)
    page = text(post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **again))
    assert "不能进行此操作" in page
    assert "等待服务机构办理" in page
    assert Payment.objects.count() == 1


@pytest.mark.rule("V4", "V5")
def test_a_late_clock_is_told_on_the_page_it_shows():
    scene = orders.at_step("confirm")
    late = orders.WINDOW_ENDS + timedelta(seconds=1)
    page = text(post(scene.buyer.user, late, "contract", scene.order.pk, **contract_data(scene)))
    assert "订单已失效，不能再办理" in page
    assert 'name="contract_file"' not in page
    assert not Contract.objects.exists()


@pytest.mark.rule("V5")
def test_a_payment_too_late_is_told_on_the_page_too():
    scene = orders.at_step("agree")
    late = orders.EXPIRES + timedelta(seconds=1)
    page = text(post(scene.buyer.user, late, "payment", scene.order.pk, **payment_data(scene)))
    assert "订单已失效，不能再办理" in page


@pytest.mark.rule("O4")
def test_reasons_are_ticked_or_written_or_both():
    scene = orders.at_step("upload")
    act = ("act", scene.order.pk, "return-contract")
    page = text(post(scene.seller.user, orders.CONTRACTED, *act))
    assert "请勾选或填写原因" in page
    page = text(post(scene.seller.user, orders.CONTRACTED, *act, picked=["自己编的"]))
    assert "field__error" in page
    picked = ["缺少签字或盖章（骑缝章）", "日期与合同不一致"]
    post(scene.seller.user, orders.CONTRACTED, *act, picked=picked, reason="第 3 页")
    scene.fresh()
    assert Contract.objects.get().return_reason == f"{'；'.join(picked)}；第 3 页"
    assert "第 3 页" in text(get(scene.buyer.user, orders.CONTRACTED, "order", scene.order.pk))


@pytest.mark.rule("O4", "O7")
def test_the_provider_sees_the_checks_with_their_evidence():
    scene = orders.at_step("confirm")
    scene.upload(total=Decimal(21000), supported=Decimal(20000))
    page = text(get(scene.seller.user, orders.UPLOADED, "order", scene.order.pk))
    assert page.count("is-warn") >= 2
    assert "高出 1,000 元（5.0%）" in page
    assert "其中 1,000 元 与所下单产品无关，已剔除" in page
    assert "is-fail" not in page
    assert "自动核对" not in text(get(scene.buyer.user, orders.UPLOADED, "order", scene.order.pk))
    type(scene.provider).objects.update(name="改了名的机构")
    page = text(get(scene.seller.user, orders.UPLOADED, "order", scene.order.pk))
    assert "is-fail" in page
    assert "与其注册名称“改了名的机构”不一致" in page


@pytest.mark.rule("F5")
def test_a_telephone_number_is_masked_until_asked_for_and_each_look_is_recorded():
    scene = orders.at_step("place")
    page = text(get(scene.seller.user, orders.PLACED, "order", scene.order.pk))
    assert "138****0000" in page
    assert "13800000000" not in page
    answer = post(scene.seller.user, orders.PLACED, "contact", scene.order.pk)
    assert "13800000000" in text(answer)
    assert answer["Cache-Control"] == "private, no-store"
    entry = AuditEntry.objects.get(action="reveal_contact")
    assert (entry.actor, entry.details, entry.reason) == (scene.seller.user, {}, "")
    page = text(get(scene.buyer.user, orders.PLACED, "order", scene.order.pk))
    assert "查看对方联系电话" in page
    assert "13900000000" in text(post(scene.buyer.user, orders.PLACED, "contact", scene.order.pk))
    stranger = build.provider().account
    assert post(stranger, orders.PLACED, "contact", scene.order.pk).status_code == 404


@pytest.mark.rule("F5", "E6")
def test_the_handler_to_call_is_the_one_of_a_checked_file():
    scene = orders.at_step("place")
    newer = Profile.objects.get(pk=scene.order.profile_id)
    newer.pk, newer.version = None, newer.version + 1
    newer.handler, newer.handler_mobile = "未核对", "13711112222"
    newer.save()
    page = text(get(scene.seller.user, orders.PLACED, "order", scene.order.pk))
    assert "138****0000" in page and "未核对" not in page
    assert "13800000000" in text(post(scene.seller.user, orders.PLACED, "contact", scene.order.pk))
    Qualification.objects.filter(enterprise=scene.enterprise).update(profile=newer)
    assert "13711112222" in text(post(scene.seller.user, orders.PLACED, "contact", scene.order.pk))


@pytest.mark.rule("F5")
def test_an_ended_order_shows_no_telephone_number():
    ended = orders.in_state("declined")
    assert post(ended.seller.user, orders.PLACED, "contact", ended.order.pk).status_code == 302
    page = text(get(ended.seller.user, orders.PLACED, "order", ended.order.pk))
    assert "对方联系人" not in page


def test_strangers_meet_404_at_the_live_sums_too():
    scene = orders.at_step("agree")
    for stranger in (build.enterprise().account, scene.seller.user):
        for name in ("limits", "contract-hint"):
            assert post(stranger, orders.PAID, name, scene.order.pk).status_code == 404
    assert post(scene.seller.user, orders.PAID, "place-check", scene.version.pk).status_code == 404
    assert post(scene.buyer.user, orders.PAID, "place-check", 999999).status_code == 404
