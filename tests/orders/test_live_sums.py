"""The live sums and conditions against the operations: the same answer over random papers (O1, O5, P7)."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import Refusal
from orders.models import Order
from orders.states import OrderState
from tests import build
from tests.orders import build as orders

pytestmark = pytest.mark.django_db

FEN = st.integers(min_value=1, max_value=3_000_000).map(lambda fen: Decimal(fen) / 100)


class _Undo(Exception):
    """Takes a payment back, so that the next papers meet the same order."""


def accepted(scene, amount: Decimal, invoices: list[Decimal], transfers: list[Decimal]) -> str:
    """ "" when the operation takes such a payment, else its refusal; nothing stays."""
    try:
        with transaction.atomic():
            scene.pay(
                amount,
                invoices=[scene.invoice(total) for total in invoices],
                transfers=[scene.transfer(total) for total in transfers],
            )
            raise _Undo
    except Refusal as refusal:
        return refusal.sentence
    except _Undo:
        return ""


def sums(scene, name: str = "limits", at=orders.PAID, **data) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(scene.enterprise.account)
        answer = client.post(reverse(f"orders:{name}", args=[scene.order.pk]), data)
        assert answer.status_code == 200
        return answer.content.decode()


def typed(invoices: list, transfers: list, **more) -> dict:
    data = {"invoice-TOTAL_FORMS": len(invoices), "transfer-TOTAL_FORMS": len(transfers), **more}
    data |= {f"invoice-{row}-total": str(total) for row, total in enumerate(invoices)}
    data |= {f"transfer-{row}-amount": str(total) for row, total in enumerate(transfers)}
    return data


def most_in(page: str) -> Decimal:
    return Decimal(re.search(r'data-most="(-?\d+)"', page)[1])  # type: ignore[index]


@pytest.mark.rule("O5", "P7")
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    invoices=st.lists(FEN, min_size=1, max_size=4),
    short=st.sampled_from([Decimal("0"), Decimal("0.01")]),
)
def test_the_sums_say_what_the_operation_does(scene_to_pay, invoices, short):
    scene = scene_to_pay
    page = sums(scene, **typed(invoices, []))
    most, enough = most_in(page), sum(invoices)
    if most > 0:
        assert accepted(scene, most, invoices, [enough]) == ""
    assert "用券金额" in accepted(scene, most + 1, invoices, [enough])
    if most > 0:
        own = sum(invoices) - most - short
        page = sums(scene, **typed(invoices, [own], amount=most))
        assert ("转账金额已足够" in page) == (not short)
        assert ("对公转账合计" in accepted(scene, most, invoices, [own])) == bool(short)


@pytest.fixture
def scene_to_pay():
    """An order of which each limit can bind: a contract cut to 17,000, a reserve of 5,000, a narrow provider."""
    scene = orders.scene(provider_cap=9000)
    scene.place(5000)
    scene.confirm()
    scene.upload(supported=Decimal(17000))
    scene.agree()
    scene.fresh()
    return scene


@pytest.mark.rule("O5")
def test_each_limit_is_shown_and_the_one_that_binds_is_named(scene_to_pay):
    page = sums(scene_to_pay, **typed(["8000"], ["4000"]))
    assert most_in(page) == 4000
    binding = re.search(r'is-binding"><dt>(.*?) <span', page)
    assert binding is not None
    assert binding[1] == "发票合计的 50%"
    page = sums(scene_to_pay, **typed(["30000"], []))
    assert "合同可用券部分的 50%" in page
    assert "机构本年度还可收券" in page
    assert most_in(page) == 5000, (
        "the window is over in September: no free balance tops the reserve up"
    )


@pytest.mark.parametrize(
    ("figure", "invoiced"),
    [
        ("１，０００．５０", "1,000.50 元"),
        ("1,000.50元", "1,000.50 元"),
        (" ¥ 1000.50 ", "1,000.50 元"),
    ],
)
def test_figures_are_read_as_people_paste_them(scene_to_pay, figure, invoiced):
    assert f'data-sum="invoiced">{invoiced}<' in sums(scene_to_pay, **typed([figure], []))


@pytest.mark.parametrize("figure", ["-5", "1e9", "NaN", "abc", "9" * 40, "0", "1.234", "二十"])
def test_what_is_no_amount_is_named_and_not_counted(scene_to_pay, figure):
    page = sums(scene_to_pay, **typed([figure, "100"], []))
    assert "第 1 张发票的价税合计无法识别" in page
    assert 'data-sum="invoiced">100 元<' in page


def test_the_sums_survive_any_form(scene_to_pay):
    for rows in ("200", "-1", "x", "", "²", "9" * 30):
        page = sums(scene_to_pay, **{"invoice-TOTAL_FORMS": rows, "invoice-0-total": "5"})
        assert "合计和用券上限" in page
    data = typed(["100"], ["50"], **{"invoice-0-DELETE": "on"})
    assert 'data-sum="invoiced">0 元<' in sums(scene_to_pay, **data)


def test_the_amount_suggested_gives_way_to_the_one_typed(scene_to_pay):
    page = sums(scene_to_pay, **typed(["8000"], ["4000"], amount="1", suggest="1"))
    assert 'data-sum="used">4,000 元<' in page
    page = sums(scene_to_pay, **typed(["8000"], ["4000"], amount="1", suggest=""))
    assert 'data-sum="used">1 元<' in page
    assert "转账还差 <strong>3,999 元</strong>" in page
    assert "超出上限" in sums(scene_to_pay, **typed(["8000"], ["4000"], amount="4001"))


@pytest.mark.rule("O7")
def test_the_amount_of_a_correction_is_fixed():
    scene = orders.in_state("payment_correction")
    page = sums(scene, **typed(["10000"], ["4999"], amount="1"))
    assert 'data-sum="used">5,000 元<' in page
    assert "转账还差 <strong>1 元</strong>" in page


@pytest.mark.parametrize("state", OrderState.values)
def test_every_state_has_an_answer(state):
    scene = orders.in_state(state)
    page = sums(scene, **typed(["10000"], ["5000"]))
    assert ("刷新页面" in page) == (state not in {"contracted", "payment_correction"})
    assert "最多可用券" in sums(scene, "contract-hint", total="20000", supported="20000")


@pytest.mark.rule("O3")
def test_the_contract_hint_says_what_the_contract_can_carry():
    scene = orders.at_step("confirm")
    page = sums(scene, "contract-hint", orders.UPLOADED, total="20000", supported="18000.01")
    assert "最多可用券 <strong>9,000 元</strong>" in page
    assert "已剔除与产品无关的内容 1,999.99 元" in page
    page = sums(scene, "contract-hint", orders.UPLOADED, total="1", supported="2")
    assert "不能超过合同总额" in page
    for odd in ("", "abc", "-1", "9" * 50):
        assert "最多" not in sums(scene, "contract-hint", supported=odd)


def check(scene, at=orders.PLACED, **data) -> str:
    with time_machine.travel(at, tick=False):
        client = Client()
        client.force_login(scene.enterprise.account)
        answer = client.post(reverse("orders:place-check", args=[scene.version.pk]), data)
        assert answer.status_code == 200
        return answer.content.decode()


@pytest.mark.rule("O1", "P7")
def test_the_conditions_shown_are_those_required():
    scene = orders.scene(provider_cap=4000)
    page = check(scene, voucher=scene.voucher.pk, expected_amount="4000")
    assert "is-missing" not in page
    assert 'data-sum="suggested">4,000 元<' in page
    for amount in ("4001", "20001", "1.5"):
        page = check(scene, voucher=scene.voucher.pk, expected_amount=amount)
        said = orders.refused(scene.place, Decimal(amount))
        assert said
        assert said in page
    type(scene.provider).objects.update(committed_on=date(2019, 3, 1))
    page = check(scene)
    assert "承诺书不是 2020 年度的" in page
    assert "承诺书不是 2020 年度的" in orders.refused(scene.place, 100)
    assert not Order.objects.exists()


@pytest.mark.rule("S1")
def test_a_sanction_is_named_before_the_order_is_sent():
    scene = orders.scene()
    orders.sanction(scene.enterprise.credit_code)
    page = check(scene)
    assert "is-missing" in page
    said = orders.refused(scene.place, 100)
    assert said
    assert said in page


def test_odd_choices_are_no_error():
    scene = orders.scene()
    for voucher in ("x", "9" * 30, "-1", ""):
        assert "下单条件" in check(scene, voucher=voucher, price_tier="9" * 30)
    assert "无法识别" in check(scene, expected_amount="五千")
    other = build.voucher(build.enterprise(), 1000, build.batch(scene.programme))
    assert "1,000 元" not in check(scene, voucher=other.pk)
    assert "没有可用的服务券" in check(scene, at=orders.WINDOW_ENDS + orders.MICROSECOND)
