"""The last look before paying: the sums once more, and nothing typed or uploaded is lost (O5, O6)."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest

from foundation.documents.models import StagedFile
from orders.models import Invoice, Payment
from tests.orders import build as orders
from tests.orders.browsing import done, payment_data, post, text

pytestmark = pytest.mark.django_db


def unconfirmed(scene, **changes) -> dict:
    data = payment_data(scene, **changes)
    del data["confirmed"]
    return data


def hidden_fields(page: str) -> dict[str, str]:
    """What the last look would send when its first button is pressed."""
    form = page[page.index("data-unsent") :]
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
    return {unescape(name): unescape(value) for name, value in found} | {"confirmed": "1"}


@pytest.mark.rule("O5", "O6")
def test_a_payment_is_shown_once_more_and_paid_only_when_confirmed():
    scene = orders.at_step("agree")
    buyer, pk = scene.buyer.user, scene.order.pk
    data = unconfirmed(scene, amount="4000", **{"transfer-0-amount": "6000"})
    first = post(buyer, orders.PAID, "payment", pk, **data)
    assert first.status_code == 200
    assert not Payment.objects.exists()
    look = first.context["look"]
    assert (look.amount, look.own_share, look.invoiced, look.transferred) == (
        4000,
        6000,
        10000,
        6000,
    )
    assert (look.released, look.topped_up) == (scene.order.reserved - 4000, 0)
    done(post(buyer, orders.PAID, "payment", pk, **hidden_fields(text(first))))
    assert scene.fresh().voucher.free == look.free_after


@pytest.mark.rule("O5")
def test_the_files_of_the_first_sending_are_those_that_are_paid_with():
    scene = orders.at_step("agree")
    buyer, pk = scene.buyer.user, scene.order.pk
    first = post(buyer, orders.PAID, "payment", pk, **unconfirmed(scene))
    staged = set(StagedFile.objects.values_list("pk", flat=True))
    assert len(staged) == 2, "without scripts the files come with the form and are staged"
    sent = hidden_fields(text(first))
    done(post(buyer, orders.PAID, "payment", pk, **sent))
    assert Invoice.objects.get().document_id in staged
    assert not StagedFile.objects.exists()
    orders.assert_books_balance(scene)


@pytest.mark.rule("O5")
def test_going_back_keeps_what_was_typed_and_uploaded():
    scene = orders.at_step("agree")
    buyer, pk = scene.buyer.user, scene.order.pk
    data = unconfirmed(scene)
    sent = hidden_fields(text(post(buyer, orders.PAID, "payment", pk, **data)))
    del sent["confirmed"]
    page = text(post(buyer, orders.PAID, "payment", pk, **sent, more="edit"))
    assert data["invoice-0-number"] in page
    assert page.count("文件已上传；不重新选择则沿用。") == 2
    assert "alert-danger" not in page
    assert not Payment.objects.exists()


@pytest.mark.rule("O5")
def test_what_is_wrong_is_said_before_the_last_look():
    scene = orders.at_step("agree")
    data = unconfirmed(scene, amount="5001")
    page = post(scene.buyer.user, orders.PAID, "payment", scene.order.pk, **data)
    assert "目前最多 5,000 元" in text(page)
    assert "look" not in page.context


@pytest.mark.rule("V5")
def test_a_payment_after_expiry_gets_no_last_look():
    scene = orders.at_step("agree")
    late = scene.order.voucher.batch.expires_at + timedelta(seconds=1)
    page = post(scene.buyer.user, late, "payment", scene.order.pk, **unconfirmed(scene))
    assert "look" not in page.context
    assert page.context["problems"]
