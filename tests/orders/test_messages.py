"""Every message about an order has its words, and no personal data in them (N2, F5)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from foundation.accounts.models import Role
from foundation.notices.events import EVENTS
from foundation.notices.models import Message
from orders.models import PaymentReturn
from orders.operations.cancelling import ask_cancellation, cancel_order, withdraw_cancellation
from orders.operations.placing import decline_order
from orders.operations.returning import (
    ask_payment_return,
    grant_payment_return,
    refuse_payment_return,
)
from orders.tasks import remind
from tests import build
from tests.orders import build as orders

pytestmark = pytest.mark.django_db


@pytest.mark.rule("N2", "F5")
def test_every_event_of_the_orders_is_sent_and_reads_well():
    contractor = build.actor(build.account(Role.CONTRACTOR))
    scene = orders.scene()
    for end in (decline_order, cancel_order):
        order = scene.place(100)
        by = scene.seller if end is decline_order else scene.buyer
        end(by=by, at=orders.CONFIRMED, order=order, reason="原因")
    lapsing = scene.place(100)
    scene.place(2000)
    scene.confirm()
    scene.upload(total=20001)
    scene.send_back()
    scene.upload(at=orders.CONTRACTED)
    scene.agree()
    ask_cancellation(by=scene.buyer, at=orders.CONTRACTED, order=scene.order, reason="原因")
    withdraw_cancellation(by=scene.buyer, at=orders.CONTRACTED, order=scene.order)
    remind(orders.WINDOW_ENDS - timedelta(days=2))
    papers = {"invoices": [scene.invoice(4000)], "transfers": [scene.transfer(4000)]}
    scene.pay(2000, **papers)
    remind(orders.EXPIRES - timedelta(days=2))
    scene.ask_correction()
    scene.correct(invoices=[scene.invoice(4000)], transfers=[scene.transfer(4000)])
    scene.accept()
    for decide in (refuse_payment_return, grant_payment_return):
        ask_payment_return(by=scene.seller, at=orders.ACCEPTED, order=scene.order, reason="原因")
        request = PaymentReturn.objects.latest("pk")
        decide(by=contractor, at=orders.ACCEPTED, payment_return=request, reason="理由")
    scene.pay(2000, invoices=[scene.invoice(4000)], transfers=[scene.transfer(4000)])
    scene.accept()
    scene.claim()
    scene.settle()
    scene.order = lapsing
    assert scene.lapse(at=orders.WINDOW_ENDS + orders.MICROSECOND)
    _disallow_another(scene)

    own = {event for event in EVENTS if re.match(r"(order|contract|payment|cancellation)_", event)}
    own.remove("payment_ended")  # tests/orders/test_ending.py
    sent = Message.objects.filter(event__in=own)
    assert set(sent.values_list("event", flat=True)) == own
    profile = scene.enterprise.profiles.get()
    secrets = {
        profile.handler_id,
        profile.handler_mobile,
        profile.legal_representative_id,
        scene.provider.contact_id,
        scene.provider.contact_mobile,
    }
    for message in sent:
        words = EVENTS[message.event]
        said = words.subject.format(**message.params) + words.text.format(**message.params)
        assert "{" not in said
        assert not [secret for secret in secrets if secret in said]
        assert re.match(r"/orders/\d+/$|/admin/orders/paymentreturn/\d+/change/$", message.link)


def _disallow_another(scene) -> None:
    other = orders.Scene(
        scene.programme,
        build.batch(scene.programme),
        build.enterprise(),
        scene.provider,
        scene.version,
        scene.voucher,
    )
    other.voucher = build.voucher(other.enterprise, 20000, other.batch)
    for step in ("place", "confirm", "upload", "agree", "pay", "accept", "claim", "disallow"):
        getattr(other, step)()
    orders.assert_books_balance(other)
