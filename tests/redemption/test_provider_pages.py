"""Picking orders, following a claim line by line, and the list of claims, as the provider sees them (R1–R5)."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from foundation.todos import todos_of
from orders.operations.returning import ask_payment_return
from redemption.models import Claim
from redemption.states import LineState
from tests import build
from tests.markup import inline_parts
from tests.orders import build as orders
from tests.providers import build as providers
from tests.redemption import build as b
from tests.redemption.test_pages import browser, said

pytestmark = pytest.mark.django_db


# --- picking -------------------------------------------------------------------------------


@pytest.mark.rule("R1", "O8")
def test_the_picking_page_sums_up_and_says_why_an_order_cannot_be_picked():
    made = b.world(3)
    held = made.orders[2]
    ask_payment_return(by=made.seller, at=orders.ACCEPTED, order=held, reason="填错")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        page = said(client.get(f"/claims/new/{made.programme.pk}/"))
        assert "共 2 个，合计 10,000 元" in page
        assert f'id="order_{held.pk}"' not in page
        assert held.number in page and "尚未决定的退回支付申请" in page
        assert 'data-amount="5000.00"' in page
        assert not inline_parts(page)
        refused = said(client.post(f"/claims/new/{made.programme.pk}/", {"order_pks": [held.pk]}))
        assert "已不能申请兑现" in refused
        nothing = said(client.post(f"/claims/new/{made.programme.pk}/", {}))
        assert "请至少选择一个已收券的订单" in nothing
        # Nothing was ticked, so nothing is ticked for one.
        assert " checked" not in nothing


@pytest.mark.rule("R1")
def test_orders_are_narrowed_by_batch_and_strange_batches_hold_none():
    made = b.world(1)
    batch = made.scene.batch
    address = f"/claims/new/{made.programme.pk}/"
    with browser(made.scene.provider.account, b.PREPARED) as client:
        assert made.orders[0].number in said(client.get(address, {"batch": batch.pk}))
        page = said(client.get(address, {"batch": batch.pk + 1}))
        assert "没有可以申请兑现的订单" in page
        assert made.orders[0].number in said(client.get(address, {"batch": "x", "page": "y"}))
        odd = said(client.post(address, {"order_pks": ["x", "9" * 30, "-1"]}))
        assert "已不能申请兑现" in odd
        assert client.get("/claims/new/999999/").status_code == 404


@pytest.mark.rule("S1")
def test_a_sanction_is_said_before_one_picks():
    made = b.world(1)
    providers.sanction(made.scene.provider, from_at=b.PREPARED)
    with browser(made.scene.provider.account, b.PREPARED) as client:
        assert "兑现申请暂停办理" in said(client.get(f"/claims/new/{made.programme.pk}/"))


# --- one claim -----------------------------------------------------------------------------


@pytest.mark.rule("R1")
def test_a_refused_scan_says_why_at_its_field_and_keeps_the_page():
    made = b.at_step("prepare")
    with browser(made.scene.provider.account, b.PREPARED) as client:
        page = said(client.post(f"/claims/{made.claim.pk}/scans/detail/", {"file": b.text_file()}))
        place = page[page.index('id="scan_detail"') :]
        assert "alert-danger" in place and 'id="id_detail_file"' in place
        assert "alert-danger" not in page[: page.index('id="scan_detail"')]
        empty = said(client.post(f"/claims/{made.claim.pk}/scans/form/", {}))
        assert "field--wrong" in empty
        assert client.get(f"/claims/{made.claim.pk}/scans/form/").status_code == 302
    assert made.fresh().detail_scan is None


@pytest.mark.rule("R2")
@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("draft", "打印两张表格"),
        ("submitted", "现在由承办单位办理"),
        ("more_asked", "现在由贵机构办理"),
        ("first_reviewed", "现在由市工业和信息化局办理"),
        ("approved", "安排公示"),
        ("published", "公示期满后拨付"),
    ],
)
def test_the_page_says_whose_turn_it_is_and_since_when(state, words):
    made = b.in_state(state)
    with browser(made.scene.provider.account, b.PUBLISHED) as client:
        page = said(client.get(f"/claims/{made.claim.pk}/"))
    assert words in page
    assert state == "draft" or "自 2020年9月" in page
    assert "创建兑现申请" in page


@pytest.mark.rule("R2")
def test_lines_are_followed_one_by_one_with_every_question_and_answer():
    made = b.at_step("submit", 2)
    made.pass_line(0)
    made.ask(1)
    with browser(made.scene.provider.account, b.REVIEWED) as client:
        page = said(client.get(f"/claims/{made.claim.pk}/"))
        # Asked, but not yet sent back: nothing to be supplied now.
        assert "审完其余明细后一并要求补充" in page
        assert f"/claims/lines/{made.line(1).pk}/supply/" not in page
        made.request()
        page = said(client.get(f"/claims/{made.claim.pk}/"))
        assert f"/claims/lines/{made.line(1).pk}/supply/" in page and "缺验收单" in page
        assert "1 条明细要求补充材料" in said(client.get("/provider/"))
        made.supply(1)
        page = said(client.get(f"/claims/{made.claim.pk}/"))
        assert "要求：缺验收单" in page and "补充：见附件" in page
        assert "补充材料齐全，回到初审" in page
    assert made.line(1).state == LineState.PENDING


@pytest.mark.rule("R4", "F5")
def test_an_objection_is_seen_without_who_made_it_in_what_words():
    made = b.at_step("publish", 2)
    objection = made.object(0, statement="某员工亲眼所见")
    with browser(made.scene.provider.account, b.ENDS) as client:
        page = said(client.get(f"/claims/{made.claim.pk}/"))
        assert "复核中" in page and "答复复核申请" in page
        assert "2020年9月28日 23:59" in page
        for secret in ("热心市民", "13812345678", "某员工", objection.receipt):
            assert secret not in page
    made.answer(objection, uphold=False, answer="经核查，服务真实。")
    with browser(made.scene.provider.account, b.SETTLED) as client:
        assert "经核查，服务真实。" in said(client.get(f"/claims/{made.claim.pk}/"))


@pytest.mark.rule("R5")
def test_the_money_is_seen_with_its_receipt_number():
    made = b.at_step("publish", 2)
    made.settle(0, 1, receipt_number="BF20200929")
    with browser(made.scene.provider.account, b.SETTLED) as client:
        page = said(client.get(f"/claims/{made.claim.pk}/"))
        assert "BF20200929" in page and "2020年9月29日" in page and "10,000 元" in page
        listed = said(client.get("/claims/"))
        assert "已办结" in listed and "10,000 元" in listed


# --- the list ------------------------------------------------------------------------------


def test_the_list_is_filtered_and_its_sums_follow_the_filter():
    made = b.at_step("submit", 1)
    with browser(made.scene.provider.account, b.SUBMITTED) as client:
        page = said(client.get("/claims/", {"state": "submitted"}))
        assert made.claim.number in page and "5,000 元" in page
        page = said(client.get("/claims/", {"state": "settled"}))
        assert "没有符合条件的兑现申请" in page and "5,000 元" not in page
        page = said(client.get("/claims/", {"programme": made.programme.pk}))
        assert made.claim.number in page
        assert made.claim.number in said(client.get("/claims/", {"state": "x", "page": "y"}))
    with browser(build.provider().account, b.SUBMITTED) as client:
        assert "还没有兑现申请" in said(client.get("/claims/"))


def _asked(client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


@pytest.mark.rule("R1")
def test_pages_take_the_same_queries_for_one_order_and_many():
    made = b.world(4)
    picking = f"/claims/new/{made.programme.pk}/"
    with browser(made.scene.provider.account, b.PREPARED) as client:
        client.get("/claims/")
        many = [_asked(client, picking)]
        made.prepare(order_pks=[order.pk for order in made.orders[:3]])
        one = [_asked(client, picking)]
        many.append(_asked(client, f"/claims/{made.claim.pk}/"))
        made.prepare(order_pks=[made.orders[3].pk])
        one.append(_asked(client, f"/claims/{made.claim.pk}/"))
    assert one == many
    assert max(many) < 25


def test_the_list_takes_the_same_queries_for_one_claim_and_many():
    made = b.world(4)
    with browser(made.scene.provider.account, b.PREPARED) as client:
        made.prepare(order_pks=[made.orders[0].pk])
        client.get("/claims/")
        one = _asked(client, "/claims/")
        for order in made.orders[1:3]:
            made.prepare(order_pks=[order.pk])
        assert _asked(client, "/claims/") == one
    assert Claim.objects.count() == 3


# --- what waits ----------------------------------------------------------------------------


def _sentences(account, at) -> str:
    return " ".join(todo.sentence for todo in todos_of(account, at))


@pytest.mark.rule("N2")
def test_orders_that_wait_are_told_one_by_name_and_several_by_number():
    scene = orders.scene()
    account = scene.provider.account
    order = scene.place()
    first = todos_of(account, orders.PLACED)[0]
    assert f"订单 {order.number} 待确认" in first.sentence
    assert first.until == scene.batch.usage_ends_at
    assert "待确认" not in _sentences(account, scene.batch.usage_ends_at + b.MICROSECOND)
    scene.place()
    assert "有 2 个订单待确认" in _sentences(account, orders.PLACED)
    assert "待确认" not in _sentences(scene.enterprise.account, orders.PLACED)


@pytest.mark.rule("N2")
def test_what_can_be_claimed_and_drafts_are_told():
    made = b.world(2)
    account = made.scene.provider.account
    assert "2 个已收券的订单可申请兑现，共 10,000 元" in _sentences(account, b.PREPARED)
    made.prepare()
    assert "10,000 元）还没有提交" in _sentences(account, b.PREPARED)
    assert "可申请兑现" not in _sentences(account, b.PREPARED)
    assert not any("兑现" in todo.sentence for todo in todos_of(made.contractor, b.PREPARED))
