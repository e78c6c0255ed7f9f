"""Returning a payment, and what becomes of its papers (O8, O5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from foundation.accounts.models import Role
from foundation.errors import IllegalMove, OutOfReach, Refusal
from foundation.notices.models import Message
from foundation.regions.models import City
from orders.models import Invoice, Payment, PaymentReturn, Rating
from orders.operations.returning import (
    ask_payment_return,
    grant_payment_return,
    refuse_payment_return,
)
from orders.policies.papers import UsedBefore
from orders.policies.payments import UnableToReturnPayment
from orders.queries import payment_returns_visible_to
from orders.states import OrderState, PaymentState, ReturnState
from tests import build, scans
from tests.orders import build as orders

pytestmark = pytest.mark.django_db


def contractor(of=None):
    return build.actor(build.account(Role.CONTRACTOR, of=of))


def ask(scene, *, at=orders.ACCEPTED, by=None, reason="金额填写有误"):
    return ask_payment_return(by=by or scene.seller, at=at, order=scene.order, reason=reason)


def grant(request, *, at=orders.ACCEPTED, by=None):
    return grant_payment_return(by=by or contractor(), at=at, payment_return=request)


def refuse(request, *, at=orders.ACCEPTED, by=None, reason="理由不充分"):
    return refuse_payment_return(
        by=by or contractor(), at=at, payment_return=request, reason=reason
    )


@pytest.mark.rule("O8", "N2")
@pytest.mark.parametrize("state", ["paid", "payment_correction", "accepted"])
def test_a_granted_return_puts_the_money_back_into_the_reserve(state):
    scene = orders.in_state(state)
    staff = build.account(Role.CONTRACTOR)
    request = ask(scene)
    assert Message.objects.filter(recipient=staff, event="payment_return_to_decide").exists()
    grant(request, by=build.actor(staff))
    order = scene.fresh()
    assert (order.state, order.reserved, order.paid) == (OrderState.CONTRACTED, 5000, 0)
    assert (order.paid_at, order.accepted_at) == (None, None)
    assert (scene.voucher.reserved, scene.voucher.paid) == (5000, 0)
    assert (scene.allowance().reserved, scene.allowance().accepted) == (5000, 0)
    payment = Payment.objects.get()
    assert (payment.state, payment.returned_at) == (PaymentState.RETURNED, orders.ACCEPTED)
    request.refresh_from_db()
    assert (request.state, request.decided_by) == (ReturnState.GRANTED, staff)
    orders.assert_books_balance(scene)


@pytest.mark.rule("O8")
def test_it_can_be_paid_again_until_expiry_with_the_same_papers():
    scene = orders.at_step("agree")
    paper, receipt = scene.invoice(), scene.transfer()
    scene.pay(invoices=[paper], transfers=[receipt])
    scene.accept()
    grant(ask(scene))
    again = replace(paper, file=None, kept=Invoice.objects.get().document_id)
    scene.pay(
        4000,
        at=orders.EXPIRES,
        invoices=[again],
        transfers=[replace(receipt, amount=orders.yuan(6000), file=scans.sent())],
        stars=3,
        comment="改评",
    )
    order = scene.fresh()
    assert (order.state, order.paid, order.reserved) == (OrderState.PAID, 4000, 0)
    assert scene.voucher.reclaimed == 16000, "what was not used is reclaimed after the window (O6)"
    assert Invoice.objects.filter(superseded_at=None).count() == 1
    assert (Rating.objects.get().stars, Payment.objects.count()) == (3, 2)
    orders.assert_books_balance(scene)


@pytest.mark.rule("O8")
def test_the_refunded_reserve_is_the_limit_once_the_window_is_over():
    scene = orders.at_step("accept")
    grant(ask(scene))
    assert "预留 5,000 元加服务券可用余额 0 元" in orders.refused(
        scene.pay,
        5001,
        at=orders.ACCEPTED,
        invoices=[scene.invoice(20000)],
        transfers=[scene.transfer(20000)],
    )


@pytest.mark.rule("O8")
def test_refused_asked_or_decided_once_the_voucher_has_expired():
    late = orders.EXPIRES + orders.MICROSECOND
    scene = orders.at_step("accept")
    with pytest.raises(UnableToReturnPayment, match="已于 2020年11月30日"):
        ask(scene, at=late)
    request = ask(scene, at=orders.EXPIRES)
    for decide in (grant, refuse):
        with pytest.raises(UnableToReturnPayment):
            decide(request, at=late)
    grant(request, at=orders.EXPIRES)


@pytest.mark.rule("O8")
def test_a_refused_return_leaves_the_payment_and_may_be_asked_again():
    scene = orders.at_step("accept")
    request = ask(scene)
    with pytest.raises(UnableToReturnPayment, match="已申请"):
        ask(scene)
    with pytest.raises(Refusal, match="请填写"):
        refuse(request, reason=" ")
    refuse(request)
    assert scene.fresh().state == OrderState.ACCEPTED
    for decide in (grant, refuse):
        with pytest.raises(IllegalMove):
            decide(request)
    assert ask(scene).pk != request.pk


@pytest.mark.rule("O8")
def test_only_the_contractor_of_the_enterprises_city_decides():
    scene = orders.at_step("accept")
    request = ask(scene)
    strangers = [
        contractor(City.objects.get(slug="zhuhai")),
        build.actor(build.account(Role.CONTRACTOR, city=None)),
        build.actor(build.account(Role.BUREAU)),
        scene.seller,
        scene.buyer,
    ]
    for stranger in strangers:
        with pytest.raises(OutOfReach):
            grant(request, by=stranger)
        with pytest.raises(OutOfReach):
            refuse(request, by=stranger)
    assert list(payment_returns_visible_to(contractor().user)) == [request]
    assert not payment_returns_visible_to(strangers[0].user).exists()
    assert not payment_returns_visible_to(strangers[1].user).exists()


@pytest.mark.rule("O8")
def test_only_the_provider_asks_and_says_why():
    scene = orders.at_step("accept")
    with pytest.raises(OutOfReach):
        ask(scene, by=scene.buyer)
    with pytest.raises(Refusal, match="请填写"):
        ask(scene, reason="")


@pytest.mark.rule("O8", "R1")
def test_an_order_in_a_claim_is_not_returned():
    scene = orders.at_step("accept")
    request = ask(scene)
    PaymentReturn.objects.filter(pk=request.pk).update(asked_at=orders.ACCEPTED)
    type(scene.order).objects.filter(pk=scene.order.pk).update(state="claimed")
    with pytest.raises(IllegalMove):
        grant(request)
    refuse(request)
    with pytest.raises(IllegalMove):
        ask(scene)


@pytest.mark.rule("O8")
@pytest.mark.parametrize("step", ["place", "confirm", "upload", "agree"])
def test_what_is_not_paid_is_not_returned(step):
    scene = orders.at_step(step)
    with pytest.raises(IllegalMove):
        ask(scene)


# --- papers stay bound ---------------------------------------------------------------------


def returned_with(number):
    """Two contracted orders; the first was paid with an invoice, accepted and returned."""
    scene = orders.at_step("agree")
    first = scene.order
    scene.place(2000)
    scene.confirm()
    scene.upload()
    scene.agree()
    second, scene.order = scene.order, first
    scene.pay(invoices=[scene.invoice(number=number)])
    scene.accept()
    grant(ask(scene))
    return scene, first, second


def pay_second(scene, second, number):
    return scene.pay(
        1000,
        order=second,
        invoices=[scene.invoice(number=number)],
        transfers=[scene.transfer(9000)],
    )


@pytest.mark.rule("O5", "O8")
def test_an_accepted_invoice_stays_with_its_order_after_a_return():
    scene, _first, second = returned_with("00000077")
    with pytest.raises(UsedBefore):
        pay_second(scene, second, "00000077")


@pytest.mark.rule("O5", "O8")
def test_an_accepted_invoice_stays_bound_even_when_its_order_pays_with_another():
    scene, first, second = returned_with("00000077")
    scene.pay(order=first)
    with pytest.raises(UsedBefore):
        pay_second(scene, second, "00000077")


@pytest.mark.rule("O5", "O7", "O8")
def test_an_accepted_invoice_carried_over_and_dropped_in_a_correction_stays_bound():
    scene, first, second = returned_with("00000077")
    scene.order = first
    scene.pay(invoices=[scene.invoice(number="00000077")])
    scene.ask_correction()
    scene.correct(invoices=[scene.invoice(number="00000078")])
    live = Invoice.objects.filter(superseded_at=None, payment__order=first)
    assert set(live.values_list("number", flat=True)) == {"00000077", "00000078"}
    with pytest.raises(UsedBefore):
        pay_second(scene, second, "00000077")
    # And it may come back to its own order in a further correction.
    scene.ask_correction()
    scene.correct(invoices=[scene.invoice(number="00000077")])
    assert set(
        Invoice.objects.filter(superseded_at=None, payment__order=first).values_list(
            "number", flat=True
        )
    ) == {"00000077"}
    pay_second(scene, second, "00000078")
    orders.assert_books_balance(scene)


@pytest.mark.rule("O8")
def test_the_database_keeps_one_open_request_and_one_live_payment():
    scene = orders.at_step("accept")
    request = ask(scene)
    request.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        request.save()
    payment = Payment.objects.get()
    payment.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        payment.save()
