"""The staff desk: orders are read only, returns are decided there, within the own city (O4, O5, O8)."""

from __future__ import annotations

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from foundation.accounts.models import Role, User
from foundation.documents.models import Document
from foundation.regions.models import City
from orders.models import Invoice, PaymentReturn
from orders.operations.returning import ask_payment_return
from orders.states import OrderState, ReturnState
from tests import build
from tests.orders import build as orders

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(orders.ACCEPTED, tick=False):
        yield


def client(user: User) -> Client:
    made = Client()
    made.force_login(user)
    return made


def text(response) -> str:
    return response.content.decode()


def change(subject) -> str:
    return reverse(f"admin:orders_{subject._meta.model_name}_change", args=[subject.pk])


def act(subject, verb: str) -> str:
    return reverse(f"admin:orders_{subject._meta.model_name}_record_act", args=[subject.pk, verb])


def asked(scene) -> PaymentReturn:
    return ask_payment_return(
        by=scene.seller, at=orders.ACCEPTED, order=scene.order, reason="金额填错"
    )


@pytest.mark.rule("O4", "O5")
def test_the_record_shows_everything_a_reviewer_needs():
    scene = orders.at_step("confirm")
    scene.upload(total=25000)
    scene.agree()
    scene.pay()
    document = Invoice.objects.get().document
    Document.objects.create(
        sha256=document.sha256,
        storage_name=document.storage_name,
        media_type=document.media_type,
        size=1,
        name="别家的发票.pdf",
        uploaded_at=orders.PAID,
        uploaded_by=build.enterprise().account,
    )
    page = text(client(build.account(Role.CONTRACTOR)).get(change(scene.order)))
    assert "高出 5,000 元" in page
    assert "同一文件另由" in page
    for paper in (
        Invoice.objects.get().number,
        f"/files/{document.pk}/",
        "服务专业",
        "支付服务券",
    ):
        assert paper in page
    assert scene.order.profile.handler_id not in page


@pytest.mark.parametrize("state", OrderState.values)
def test_the_record_of_every_state_opens(state):
    scene = orders.in_state(state)
    user = build.account(Role.BUREAU)
    assert client(user).get(change(scene.order)).status_code == 200
    page = text(client(user).get(reverse("admin:orders_order_changelist")))
    assert scene.order.number in page


def test_orders_of_another_city_do_not_exist():
    scene = orders.at_step("accept")
    request = asked(scene)
    zhuhai = City.objects.get(slug="zhuhai")
    for user in (
        build.account(Role.CONTRACTOR, of=zhuhai),
        build.account(Role.BUREAU, of=zhuhai),
        build.account(Role.CONTRACTOR, city=None),
    ):
        for subject in (scene.order, request):
            assert client(user).get(change(subject)).status_code == 404
            listed = reverse(f"admin:orders_{subject._meta.model_name}_changelist")
            assert scene.order.number not in text(client(user).get(listed))
        assert client(user).post(act(request, "grant")).status_code == 404
        found = client(user).get(
            reverse("admin:orders_order_changelist"), {"q": scene.order.number}
        )
        assert scene.order.provider.name not in text(found)


def test_nothing_is_editable_whoever_posts():
    scene = orders.at_step("accept")
    superuser = build.account(Role.BUREAU, is_superuser=True)
    made = client(superuser)
    for name in ("add", "changelist"):
        made.post(
            reverse(f"admin:orders_order_{name}"),
            {"action": "delete_selected", "_selected_action": [scene.order.pk]},
        )
    made.post(change(scene.order), {"state": "settled", "paid": "0"})
    made.post(reverse("admin:orders_order_delete", args=[scene.order.pk]), {"post": "yes"})
    assert scene.fresh().state == OrderState.ACCEPTED
    orders.assert_books_balance(scene)


def test_an_order_is_found_by_its_number_and_by_the_parties():
    scene = orders.at_step("place")
    scene.place(100)
    made = client(build.account(Role.CONTRACTOR))
    listed = reverse("admin:orders_order_changelist")
    page = text(made.get(listed, {"q": scene.order.number.lower()}))
    assert f">{scene.order.number}<" in page
    assert page.count("field-provider") == 1
    for term in (scene.enterprise.name, scene.provider.credit_code):
        assert text(made.get(listed, {"q": term})).count("field-provider") == 2
    assert text(made.get(listed, {"q": "没有这家"})).count("field-provider") == 0


@pytest.mark.rule("O8")
def test_the_contractor_grants_a_return():
    scene = orders.at_step("accept")
    request = asked(scene)
    made = client(build.account(Role.CONTRACTOR))
    listed = text(made.get(reverse("admin:orders_paymentreturn_changelist")))
    assert scene.order.number in listed
    page = text(made.get(change(request)))
    assert "同意退回" in page
    assert "金额填错" in page
    answer = made.post(act(request, "grant"), {"reason": "情况属实"})
    assert answer.status_code == 302
    request.refresh_from_db()
    assert (request.state, request.decision_reason) == (ReturnState.GRANTED, "情况属实")
    assert scene.fresh().state == OrderState.CONTRACTED
    assert "该申请已决定" in text(made.get(change(request)))


@pytest.mark.rule("O8")
def test_the_contractor_refuses_with_a_reason():
    scene = orders.at_step("accept")
    request = asked(scene)
    made = client(build.account(Role.CONTRACTOR))
    assert made.post(act(request, "refuse"), {"reason": ""}).status_code == 200
    made.post(act(request, "refuse"), {"reason": "理由不充分"})
    request.refresh_from_db()
    assert request.state == ReturnState.REFUSED


@pytest.mark.rule("O8")
def test_after_expiry_the_act_says_why_not():
    scene = orders.at_step("accept")
    request = asked(scene)
    made = client(build.account(Role.CONTRACTOR))
    with time_machine.travel(orders.EXPIRES + orders.MICROSECOND, tick=False):
        made = client(build.account(Role.CONTRACTOR))
        assert "不能再申请或办理退回支付" in text(made.get(change(request)))
        answer = made.post(act(request, "grant"), {"reason": ""})
        assert "不能再申请或办理退回支付" in text(answer)
    request.refresh_from_db()
    assert request.state == ReturnState.ASKED


@pytest.mark.rule("O8")
def test_the_bureau_looks_but_does_not_decide():
    request = asked(orders.at_step("accept"))
    made = client(build.account(Role.BUREAU))
    assert "同意退回" not in text(made.get(change(request)))
    assert made.post(act(request, "grant"), {"reason": ""}).status_code == 404
