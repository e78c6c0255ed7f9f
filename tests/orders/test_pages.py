"""The order pages: an order from product to acceptance by hand, and who reaches which page (O1–O8)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.contrib.staticfiles import finders
from django.urls import reverse

from foundation.accounts.models import Role
from orders.models import BankTransfer, Contract, Invoice, Order, Payment, PaymentReturn
from orders.queries import whose_turn
from orders.states import OrderState
from orders.views import OrderListView
from orders.views.steps import STEPS
from providers.models import PriceTier
from tests import build
from tests.markup import inline_parts
from tests.orders import build as orders
from tests.orders.browsing import (
    client,
    contract_data,
    done,
    get,
    invoice_row,
    payment_data,
    post,
    text,
)

pytestmark = pytest.mark.django_db


@pytest.mark.rule("O1", "O2", "O3", "O4", "O5", "O7")
def test_a_whole_order_by_hand():
    scene = orders.scene()
    buyer, seller = scene.enterprise.account, scene.provider.account
    page = get(buyer, orders.PLACED, "place", scene.version.pk)
    assert "可用 20,000 元" in text(page)
    done(
        post(
            buyer,
            orders.PLACED,
            "place",
            scene.version.pk,
            voucher=scene.voucher.pk,
            expected_amount="5000",
        )
    )
    scene.order = order = Order.objects.get()
    assert "等您办理" in text(get(seller, orders.CONFIRMED, "list"))
    assert "等您办理" not in text(get(buyer, orders.CONFIRMED, "list"))
    assert "确认后，企业就可以上传" in text(
        get(seller, orders.CONFIRMED, "act", order.pk, "confirm")
    )
    done(post(seller, orders.CONFIRMED, "act", order.pk, "confirm"))
    page = text(get(buyer, orders.UPLOADED, "contract", order.pk))
    assert f'value="{scene.provider.name}"' in page, "the parties' names are filled in"
    done(post(buyer, orders.UPLOADED, "contract", order.pk, **contract_data(scene, total="21000")))
    page = text(get(seller, orders.UPLOADED, "order", order.pk))
    assert "高出 1,000 元（5.0%）" in page
    assert "高出" not in text(get(buyer, orders.UPLOADED, "order", order.pk))
    done(post(seller, orders.UPLOADED, "act", order.pk, "return-contract", reason="缺骑缝章"))
    page = text(get(buyer, orders.CONTRACTED, "contract", order.pk))
    assert "缺骑缝章" in page
    assert Contract.objects.get().number in page, "what was stated comes back to be corrected"
    done(post(buyer, orders.CONTRACTED, "contract", order.pk, **contract_data(scene)))
    done(post(seller, orders.CONTRACTED, "act", order.pk, "confirm-contract"))
    page = text(get(buyer, orders.PAID, "payment", order.pk))
    assert "最多可用券" in page
    assert page.count("张发票</legend>") == 3, "two blank rows and the one that scripts copy"
    done(
        post(
            buyer, orders.PAID, "payment", order.pk, **payment_data(scene, invoices=2, transfers=2)
        )
    )
    assert (Invoice.objects.count(), BankTransfer.objects.count()) == (2, 2)
    done(post(seller, orders.PAID, "act", order.pk, "ask-correction", reason="发票不清晰"))
    page = text(get(buyer, orders.PAID, "correction", order.pk))
    assert page.count("不重新选择则沿用") == 4
    assert "需补正：发票不清晰" in page
    done(post(buyer, orders.PAID, "correction", order.pk, **payment_data(scene)))
    done(post(seller, orders.ACCEPTED, "act", order.pk, "accept"))
    assert scene.fresh().state == OrderState.ACCEPTED
    for user in (buyer, seller):
        page = text(get(user, orders.ACCEPTED, "order", order.pk))
        assert "核对材料并收券" in page
        assert "服务专业" in page
    orders.assert_books_balance(scene)


@pytest.mark.parametrize("state", OrderState.values)
def test_the_page_shows_every_state_to_both_sides(state):
    scene = orders.in_state(state)
    for user in (scene.enterprise.account, scene.provider.account):
        page = text(get(user, orders.CONTRACTED, "order", scene.order.pk))
        assert OrderState(state).label in page
        assert page.count("<h1>") == 1
        assert not inline_parts(page)
        assert whose_turn(scene.order).what in page
        listed = text(get(user, orders.CONTRACTED, "list"))
        assert scene.order.number in listed
        assert scene.order.number in text(client(user).get(reverse("orders:list"), {"tab": "all"}))
    for step in STEPS:
        if step.operation is not None:
            assert (
                get(
                    scene.provider.account, orders.CONTRACTED, "act", scene.order.pk, step.key
                ).status_code
                == 200
            )


def test_strangers_meet_404_on_every_page_and_the_public_the_login_page():
    scene = orders.at_step("agree")
    strangers = [
        build.enterprise().account,
        build.provider().account,
        build.account(Role.CONTRACTOR),
        build.account(Role.BUREAU),
        build.account(Role.EXPERT),
        build.account(Role.PROVINCE),
        build.account("", is_superuser=True),
    ]
    pages = [
        ("order", scene.order.pk),
        ("contract", scene.order.pk),
        ("payment", scene.order.pk),
        ("correction", scene.order.pk),
        ("act", scene.order.pk, "cancel"),
        ("act", scene.order.pk, "confirm"),
    ]
    for stranger in strangers:
        for name, *args in pages:
            assert get(stranger, orders.PAID, name, *args).status_code == 404, (stranger.role, name)
            if name != "order":
                answer = post(stranger, orders.PAID, name, *args, reason="x")
                assert answer.status_code == 404, (stranger.role, name)
    for name, *args in pages:
        assert "/login/" in get(None, orders.PAID, name, *args)["Location"]
    for name in ("contract", "payment", "correction"):
        assert get(scene.provider.account, orders.PAID, name, scene.order.pk).status_code == 404
    assert get(scene.enterprise.account, orders.PAID, "order", 999999).status_code == 404
    assert (
        get(scene.enterprise.account, orders.PAID, "act", scene.order.pk, "settle").status_code
        == 404
    )
    assert (
        post(scene.enterprise.account, orders.PAID, "act", scene.order.pk, "contract").status_code
        == 404
    )
    assert scene.fresh().state == OrderState.CONTRACTED


@pytest.mark.rule("O2")
def test_a_refusal_is_shown_on_the_page_and_nothing_moves():
    scene = orders.at_step("confirm")
    answer = post(scene.seller.user, orders.CONFIRMED, "act", scene.order.pk, "confirm")
    assert answer.status_code == 200
    assert "不能进行此操作" in text(answer)
    answer = post(scene.buyer.user, orders.CONFIRMED, "act", scene.order.pk, "cancel", reason=" ")
    assert "必填" in text(answer)
    # The other side's step does not exist for this side.
    answer = post(scene.buyer.user, orders.CONFIRMED, "act", scene.order.pk, "confirm-contract")
    assert answer.status_code == 404


@pytest.mark.rule("O1", "P7")
def test_placing_says_what_is_wrong_at_its_field():
    scene = orders.scene(provider_cap=4000)
    buyer = scene.enterprise.account
    fields = {"voucher": scene.voucher.pk, "expected_amount": "4001"}
    page = text(post(buyer, orders.PLACED, "place", scene.version.pk, **fields))
    assert "还可收券 4,000 元" in page
    assert "field--wrong" in page
    foreign = build.voucher(build.enterprise(), 1000, build.batch(scene.programme))
    page = text(
        post(buyer, orders.PLACED, "place", scene.version.pk, **{**fields, "voucher": foreign.pk})
    )
    assert "field--wrong" in page
    assert not Order.objects.exists()
    late = orders.WINDOW_ENDS + timedelta(seconds=1)
    assert "没有可用的服务券" in text(get(buyer, late, "place", scene.version.pk))
    type(scene.version).objects.update(state="withdrawn")
    assert get(buyer, orders.PLACED, "place", scene.version.pk).status_code == 404


@pytest.mark.rule("O1", "P5")
def test_a_range_price_offers_its_tiers():
    scene = orders.scene()
    version = build.version_on_sale(scene.provider, price_kind="range", price_min=1000)
    tier = PriceTier.objects.create(version=version, position=1, price=3000, buys="基础版")
    page = text(get(scene.enterprise.account, orders.PLACED, "place", version.pk))
    assert "3,000 元：基础版" in page
    fields = {"voucher": scene.voucher.pk, "expected_amount": "1000"}
    assert (
        post(scene.enterprise.account, orders.PLACED, "place", version.pk, **fields).status_code
        == 200
    )
    done(
        post(
            scene.enterprise.account,
            orders.PLACED,
            "place",
            version.pk,
            price_tier=tier.pk,
            **fields,
        )
    )
    assert "基础版" in text(
        get(scene.provider.account, orders.PLACED, "order", Order.objects.get().pk)
    )


@pytest.mark.rule("O3", "O9")
def test_the_contract_page_says_what_is_wrong():
    scene = orders.at_step("confirm")
    data = contract_data(scene, provider_name="别的机构")
    page = text(post(scene.buyer.user, orders.UPLOADED, "contract", scene.order.pk, **data))
    assert "与其注册名称" in page
    data = contract_data(scene)
    del data["not_funded_elsewhere"]
    page = text(post(scene.buyer.user, orders.UPLOADED, "contract", scene.order.pk, **data))
    assert "已获支持的不能再使用" in page
    data = contract_data(scene)
    del data["contract_file"]
    assert "必填" in text(
        post(scene.buyer.user, orders.UPLOADED, "contract", scene.order.pk, **data)
    )
    assert not Contract.objects.exists()


@pytest.mark.rule("O5")
def test_the_payment_page_says_what_is_wrong_and_keeps_what_was_typed():
    scene = orders.at_step("agree")
    buyer = scene.enterprise.account
    page = text(
        post(buyer, orders.PAID, "payment", scene.order.pk, **payment_data(scene, amount="5001"))
    )
    assert "目前最多 5,000 元" in page
    assert "服务专业" in page
    page = text(
        post(buyer, orders.PAID, "payment", scene.order.pk, **payment_data(scene, files=False))
    )
    assert "请上传文件" in page
    page = text(
        post(buyer, orders.PAID, "payment", scene.order.pk, **payment_data(scene, invoices=0))
    )
    assert "至少填写一张全额发票" in page
    broken = payment_data(scene)
    del broken["invoice-TOTAL_FORMS"]
    assert post(buyer, orders.PAID, "payment", scene.order.pk, **broken).status_code == 200
    assert not Payment.objects.exists()


def test_more_rows_come_without_scripts_and_what_was_typed_stays():
    scene = orders.at_step("agree")
    data = payment_data(scene, invoices=2, files=False, more="invoice")
    page = text(post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data))
    assert page.count("张发票</legend>") == 6
    assert data["invoice-1-number"] in page
    assert "服务专业" in page
    assert "field__error" not in page
    scene.pay()
    scene.ask_correction()
    page = text(post(scene.buyer.user, orders.PAID, "correction", scene.order.pk, **data))
    assert page.count("张发票</legend>") == 6


@pytest.mark.rule("O7")
def test_a_correction_keeps_files_that_were_not_chosen_again_and_drops_struck_out_rows():
    scene = orders.at_step("agree")
    scene.pay(invoices=[scene.invoice(10000), scene.invoice(500)], transfers=[scene.transfer(5500)])
    scene.ask_correction()
    first, second = Invoice.objects.order_by("pk")
    data = {"invoice-TOTAL_FORMS": 3, "invoice-INITIAL_FORMS": 0}
    for place, paper in enumerate((first, second)):
        row = invoice_row(scene, 1)
        del row["file"]
        row |= {"kept": paper.document_id, "number": paper.number, "total": paper.total}
        data |= {f"invoice-{place}-{name}": value for name, value in row.items()}
    data["invoice-1-DELETE"] = "on"
    transfers = payment_data(scene)
    data |= {name: value for name, value in transfers.items() if name.startswith("transfer")}
    done(post(scene.buyer.user, orders.PAID, "correction", scene.order.pk, **data))
    live = Invoice.objects.get(superseded_at=None)
    assert (live.number, live.document_id) == (first.number, first.document_id)


@pytest.mark.rule("O5", "O7")
@pytest.mark.parametrize("more", [{}, {"more": "invoice"}, {"amount": ""}])
@pytest.mark.parametrize(
    ("state", "stale", "is_payment"),
    [("payment_correction", "payment", False), ("contracted", "correction", True)],
)
def test_papers_of_a_stale_page_are_refused_and_the_form_of_the_present_step_is_fresh(
    state, stale, is_payment, more
):
    scene = orders.in_state(state)
    data = payment_data(scene, **{"invoice-0-number": "99998888", **more})
    page = post(scene.buyer.user, orders.PAID, stale, scene.order.pk, **data)
    assert page.status_code == 200
    assert page.context["problems"] and "没有办理成功" in text(page)
    assert page.context["papers"].is_payment is is_payment
    assert not page.context["papers"].has_errors
    assert "99998888" not in text(page)
    assert scene.fresh().state == state


@pytest.mark.rule("O8")
def test_a_returned_payment_is_filled_in_again():
    from orders.operations.returning import grant_payment_return

    scene = orders.at_step("accept")
    done(
        post(scene.seller.user, orders.ACCEPTED, "act", scene.order.pk, "ask-return", reason="填错")
    )
    page = text(get(scene.buyer.user, orders.ACCEPTED, "order", scene.order.pk))
    assert "退回支付申请" in page
    contractor = build.account(Role.CONTRACTOR)
    grant_payment_return(
        by=build.actor(contractor), at=orders.ACCEPTED, payment_return=PaymentReturn.objects.get()
    )
    page = text(get(scene.buyer.user, orders.ACCEPTED, "payment", scene.order.pk))
    assert Invoice.objects.get().number in page
    assert contractor.shown_name not in text(
        get(scene.seller.user, orders.ACCEPTED, "order", scene.order.pk)
    )


@pytest.mark.rule("V4")
def test_the_page_calls_an_order_lapsed_as_soon_as_the_clock_does():
    scene = orders.at_step("place")
    late = orders.WINDOW_ENDS + timedelta(seconds=1)
    page = text(get(scene.buyer.user, late, "order", scene.order.pk))
    assert "已失效" in page
    assert "取消订单" not in page
    assert "已失效" in text(get(scene.seller.user, late, "list"))


@pytest.mark.rule("B7")
def test_an_unknown_calendar_is_said_and_breaks_no_page(monkeypatch):
    def unknown(day):
        raise NotImplementedError

    scene = orders.at_step("upload")
    scene.send_back()
    monkeypatch.setattr("chinese_calendar.is_workday", unknown)
    for name in ("order", "contract"):
        page = text(get(scene.buyer.user, orders.CONTRACTED, name, scene.order.pk))
        assert "尚未载入 2020 年" in page
    assert get(scene.buyer.user, orders.CONTRACTED, "list").status_code == 200
    answer = post(
        scene.buyer.user, orders.CONTRACTED, "contract", scene.order.pk, **contract_data(scene)
    )
    assert "尚未载入 2020 年" in text(answer)


def test_the_list_takes_a_fixed_number_of_queries(django_assert_max_num_queries):
    scene = orders.scene()
    for step in range(12):
        scene.place(100)
        if step % 2:
            scene.confirm()
            scene.upload(at=orders.WINDOW_ENDS)
            scene.send_back(at=orders.WINDOW_ENDS)
    user = scene.seller.user
    at = orders.WINDOW_ENDS
    with time_machine.travel(at, tick=False):
        made = client(user)
        made.get(reverse("orders:list"))
        # Session, account, count, page, unread messages, and one correction window for all rows (14 days).
        with django_assert_max_num_queries(20):
            assert made.get(reverse("orders:list")).status_code == 200


def test_pages_are_paged(monkeypatch):
    monkeypatch.setattr("orders.views.listing.PAGE_SIZE", 2)
    scene = orders.scene()
    numbers = [scene.place(100).number for _ in range(3)]
    page = text(get(scene.buyer.user, orders.PLACED, "list"))
    assert numbers[2] in page
    assert numbers[0] not in page
    assert OrderListView.roles == {Role.ENTERPRISE, Role.PROVIDER}


def test_no_personal_data_on_the_pages():
    scene = orders.at_step("accept")
    profile = scene.order.profile
    for user in (scene.buyer.user, scene.seller.user):
        page = text(get(user, orders.ACCEPTED, "order", scene.order.pk))
        for secret in (
            profile.handler_id,
            profile.legal_representative_id,
            profile.handler_mobile,
            scene.provider.contact_id,
        ):
            assert secret not in page


def test_the_stylesheet_is_there():
    assert finders.find("css/portal.css")


def test_days_are_shown_as_people_write_them():
    scene = orders.at_step("upload")
    page = text(get(scene.buyer.user, orders.UPLOADED, "order", scene.order.pk))
    assert "2020年7月5日" in page
    assert scene.order.voucher.batch.valid_until == date(2020, 11, 30)
